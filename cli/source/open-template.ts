import { cp, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import type { OpenOptions } from './options.ts';
import type { Source, SourceTree } from './source.ts';

/** A copy of a template application, so that a run cannot change the template.
 *  @throws {ToolError} TEMPLATE_UNKNOWN */
export async function openTemplate(
  source: Extract<Source, { kind: 'template' }>,
  options: Pick<OpenOptions, 'scratch' | 'templatesDir'>,
): Promise<SourceTree> {
  const { name } = source;
  const from = join(options.templatesDir, name);
  const found = /^[a-z]/.test(name) && basename(name) === name ? await stat(from).catch(() => undefined) : undefined;
  if (found?.isDirectory() !== true)
    throw new ToolError('TEMPLATE_UNKNOWN', `Cannot open the template "${name}": there is none`);
  const folder = await mkdtemp(join(await realpath(options.scratch), 'source-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  const dir = join(folder, 'tree');
  try {
    await cp(from, dir, { recursive: true, verbatimSymlinks: true });
  } catch (error) {
    await remove();
    throw error;
  }
  return { dir, commit: null, commitTime: null, description: `template ${name}`, [Symbol.asyncDispose]: remove };
}
