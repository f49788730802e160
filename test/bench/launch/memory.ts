import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

const KIBIBYTES_PER_MEBIBYTE = 1_024;

/** What a process holds of this machine's memory now; `undefined` when it is gone. Source: proc_pid_status(5), VmRSS. */
export async function residentMebibytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) / KIBIBYTES_PER_MEBIBYTE;
}

/** What a Node that does nothing holds. */
export async function bareNodeMebibytes(node: string): Promise<number> {
  const program = "process.stdout.write('up'); setInterval(() => {}, 1000)";
  const child = spawn(node, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(child.stdout, 'data');
    return (await residentMebibytes(child.pid ?? 0)) ?? Number.NaN;
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
