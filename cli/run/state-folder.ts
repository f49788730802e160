import { join } from 'node:path';
import { writingTo } from '../../runtime/platform/file-errors.ts';
import { makeFolders } from '../../runtime/platform/make-folders.ts';

/** Makes the folder where runs are kept, or finds out that it cannot be written to, while it can still be said in so many words.
 *  @throws {ToolError} FOLDER_READ_ONLY, DISK_FULL */
export async function prepareStateFolder(stateFolder: string): Promise<void> {
  await writingTo(stateFolder, 'keep runs', async () => makeFolders(join(stateFolder, 'runs'), 0o700));
}
