import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Outcome } from '../../core/lease-directory.ts';

/** What went wrong with the cluster is in the logs of its members, which end with the container. */
const TOLD_THERE = ['CLUSTER_FAILED', 'CLUSTER_TIMEOUT', 'MASTER_LOST', 'WORKERS_LOST'];
const MEMBER = /^(?:master|worker-\d+)\.log$/;
const MAXIMUM_MEMBERS = 3;
const LINES = 10;

/** The last lines of the members' logs, each with the member's name in front, where the outcome is their fault. */
export async function lastLinesOfMembers({ reason, logs }: Outcome): Promise<readonly string[]> {
  if (reason === null || !TOLD_THERE.includes(reason.code)) return [];
  const names = (await readdir(logs).catch(() => [])).filter((name) => MEMBER.test(name)).sort();
  const texts = await Promise.all(names.slice(0, MAXIMUM_MEMBERS).map((name) => linesOf(join(logs, name))));
  return texts.flatMap((lines, index) => lines.map((line) => `${names[index]?.replace('.log', '')}: ${line}`));
}

async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-LINES);
}
