import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Properties, parseProperties } from '../core/properties.ts';

/** Spark's own configuration, as an application brings it in its folder `spark-conf/`. */
export interface SparkConf {
  /** `null`: there is none. */
  readonly folder: string | null;
  /** Of its spark-defaults.conf. */
  readonly defaults: Properties;
}

/** What the application in the folder `app` brings. */
export async function readSparkConf(app: string): Promise<SparkConf> {
  const folder = join(app, 'spark-conf');
  if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) return { folder: null, defaults: {} };
  const text = await readFile(join(folder, 'spark-defaults.conf'), 'utf8').catch(() => '');
  return { folder, defaults: parseProperties(text) };
}
