import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { foldersFrom } from '../../../runtime/core/folders.ts';
import { runToEnd } from '../run-to-end.ts';

/** SPARK_HOME of what `pip install pyspark` puts on a machine, which nobody has made faster; kept beside the user's cache for the next bench. */
export async function stockSpark(version: string, python: string, signal: AbortSignal): Promise<string> {
  const { cache } = foldersFrom(process.env, homedir());
  const folder = join(dirname(cache), 'hibana-bench', `pyspark-${version}`);
  if (await stat(folder).catch(() => undefined)) return join(folder, 'pyspark');
  const beside = `${folder}.part`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const args = ['-m', 'pip', 'install', '--quiet', '--target', beside, `pyspark==${version}`];
  await runToEnd({ file: python, args, env: process.env }, signal);
  await rename(beside, folder);
  return join(folder, 'pyspark');
}
