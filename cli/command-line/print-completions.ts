import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command, Edges } from '../commands/command.ts';
import { GROUPS } from '../commands/index.ts';
import { write } from '../report/write.ts';
import { completionsFor } from './complete.ts';

/** Answers a shell: one line of `text TAB description` for each thing that may stand at the last word. An error offers nothing. */
export async function printCompletions(
  words: readonly string[],
  commands: readonly Command[],
  { root, stdout, env, home }: Edges,
): Promise<number> {
  const templates = async () => {
    const entries = await readdir(join(root, 'templates', 'apps'), { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  };
  const clusters = async () => (await import('../cluster/cluster-names.ts')).sharedClusterNames({ env, home });
  const deployments = async () => (await import('../deploy/deployment-names.ts')).deploymentNames({ env, home });
  const input = { commands, groups: GROUPS, templates, clusters, deployments };
  const offered = await completionsFor(words, input).catch(() => []);
  await write(stdout, offered.map(({ text, what }) => `${text}\t${what}\n`).join(''));
  return 0;
}
