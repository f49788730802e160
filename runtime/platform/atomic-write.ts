import { open, rename } from 'node:fs/promises';
import process from 'node:process';

/** Writes a file that others see whole or not at all, by default readable by its user alone: written beside, synced, renamed.
 *  (The package for this is CommonJS that asks for its own file name, which a bundle does not have.) */
export async function writeAtomically(path: string, text: string, mode = 0o600): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  {
    await using file = await open(beside, 'w', mode);
    await file.writeFile(text);
    await file.sync();
  }
  await rename(beside, path);
}
