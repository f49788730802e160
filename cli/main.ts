import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { systemCode } from '../runtime/core/errors.ts';
import { foldersFrom } from '../runtime/core/folders.ts';
import { makeFolders } from '../runtime/platform/make-folders.ts';
import { homeFolder } from './home-folder.ts';

const home = homeFolder();
cacheCode(join(foldersFrom(process.env, home).cache, 'compile'));
// Loaded after the cache is on, so that the whole program comes from it.
const { runProgram } = await import('./program.ts');
const { processEdges } = await import('./process-edges.ts');
const { errorText } = await import('./report/error-text.ts');

// What packages in the bundle use and Node means to drop is nothing to the people who run the program.
process.noDeprecation = true;
// Only a mistake of ours, or output that cannot be written, gets here. Exit listeners still give the terminal its cursor back.
process.on('uncaughtException', (error) => {
  process.stderr.write(errorText(error, process.argv.includes('--debug')), () => process.exit(1));
});
// A reader that went away (`hibana plan | head`) is no error; what is written after it is dropped.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (systemCode(error) !== 'EPIPE') throw error;
  });
}

// Not process.exit(): a pipe may still hold what was written.
process.exitCode = await runProgram(process.argv.slice(2), processEdges(process, home));

/** Without a folder for it the program starts a little slower. */
function cacheCode(folder: string): void {
  try {
    makeFolders(folder);
    enableCompileCache(folder);
  } catch {}
}
