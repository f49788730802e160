import { join } from 'node:path';

/** The lease directory of a run, on every platform that keeps runs in the user's state folder: what its launcher says of it, and its logs. */
export function leaseFolder(stateFolder: string, run: string): string {
  return join(stateFolder, 'runs', run);
}
