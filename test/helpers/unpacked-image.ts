import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An image as a root file system, unpacked by somebody else's tool. */
export interface UnpackedImage extends AsyncDisposable {
  readonly root: string;
  readonly entrypoint: readonly string[];
  /** Runs a program in it, as this uid in the group of root, with the environment that the image says. */
  run(command: readonly string[], options?: { readonly uid?: number }): Promise<Ended>;
}

export function hasUmoci(): boolean {
  try {
    execFileSync('umoci', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Unpacks `LAYOUT:TAG` with umoci, whose rules are its own. `runs` gives it what programs need of a container: /proc, /dev, /etc/hosts; only root
 *  can. */
export async function unpackImage(layout: string, tag: string, { runs }: { runs: boolean }): Promise<UnpackedImage> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-unpacked-'));
  const bundle = join(folder, 'bundle');
  await run('umoci', ['unpack', '--image', `${layout}:${tag}`, bundle]);
  const root = join(bundle, 'rootfs');
  if (runs) await mount(root);
  const { stdout } = await run('skopeo', ['inspect', '--config', `oci:${layout}:${tag}`], { maxBuffer: 2 ** 26 });
  const { Env = [], Entrypoint = [] }: Partial<Record<'Env' | 'Entrypoint', readonly string[]>> =
    JSON.parse(stdout).config;
  return {
    root,
    entrypoint: Entrypoint,
    run: async (command, { uid = 1001 } = {}) => {
      const args = [`--userspec=${uid}:0`, root, '/usr/bin/env', '-i', ...Env, 'SPARK_LOCAL_IP=127.0.0.1', ...command];
      try {
        return { status: 0, ...(await run('chroot', args, { maxBuffer: 2 ** 26 })) };
      } catch (error) {
        const { code, stdout: out, stderr } = error as { code: number; stdout: string; stderr: string };
        return { status: code, stdout: out, stderr };
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (runs) execFileSync('umount', [join(root, 'proc'), join(root, 'dev')]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function mount(root: string): Promise<void> {
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
  await run('mount', ['-t', 'proc', 'proc', join(root, 'proc')]);
  await run('mount', ['--bind', '/dev', join(root, 'dev')]);
}
