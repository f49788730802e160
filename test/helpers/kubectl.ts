import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findPrograms } from '../kubernetes/programs.ts';

const WITHIN_MS = 2 * 60_000;

/** Runs `kubectl` as the user of a kubeconfig file: what it wrote. That of the machine is for clusters that were given.
 *  @throws with what it said, where it failed or took more than two minutes */
export async function kubectl(kubeconfig: string, ...args: readonly string[]): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), 'hibana-kubectl-'));
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: cache };
  try {
    const program = findPrograms()?.kubectl ?? 'kubectl';
    return (await promisify(execFile)(program, [...args], { env, timeout: WITHIN_MS })).stdout;
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
}
