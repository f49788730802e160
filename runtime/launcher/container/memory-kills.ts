import { readFile } from 'node:fs/promises';

/** Where the kernel counts what it killed because a control group had used up its memory, in its second version and its first. */
const FILES = ['/sys/fs/cgroup/memory.events', '/sys/fs/cgroup/memory/memory.oom_control'];

/** How many processes of this container have been killed because it had used up its memory; 0 where nothing says so. */
export async function countMemoryKills(files: readonly string[] = FILES): Promise<number> {
  for (const file of files) {
    const match = /^oom_kill (\d+)$/m.exec(await readFile(file, 'utf8').catch(() => ''));
    if (match) return Number(match[1]);
  }
  return 0;
}
