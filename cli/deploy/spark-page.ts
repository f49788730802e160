import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { parseProperties } from '../../runtime/core/properties.ts';
import { leaseFolder } from './lease-folder.ts';

/** The URL of the page that the driver of a run has, by the properties that it was started with; `undefined` where it has none, or none yet. */
export async function sparkPage(stateFolder: string, run: string): Promise<string | undefined> {
  const file = join(leaseFolder(stateFolder, run), LeaseFile.scratch, 'driver.conf');
  const properties = parseProperties(await readFile(file, 'utf8').catch(() => ''));
  const { 'spark.ui.port': port, 'spark.ui.enabled': enabled } = properties;
  return port === undefined || enabled === 'false' ? undefined : `http://127.0.0.1:${port}/`;
}
