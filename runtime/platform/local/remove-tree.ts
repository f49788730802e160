import { constants } from 'node:fs';
import { access, chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** As `rm -rf`, and also where a job took away its own right to write. */
export async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: RETRIES, retryDelay: 50 };
  try {
    await rm(path, options);
  } catch {
    await makeWritable(path);
    await rm(path, options);
  }
}

const RETRIES = 5;

async function makeWritable(folder: string): Promise<void> {
  const readable = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!readable) await chmod(folder, 0o700).catch(() => {});
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
}
