import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { systemCode, ToolError } from '../../runtime/core/errors.ts';
import { nearest } from '../command-line/suggest.ts';
import { table } from '../report/table.ts';
import type { AppContext, CommandHandler } from './command.ts';
import type { definition } from './init.ts';

export const initCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const folder = join(app.root, 'templates/apps');
  if (options.list) return listTemplates(folder, app);
  const { template, dir } = positionals;
  if (template === undefined || dir === undefined) {
    throw new ToolError('USAGE', 'Cannot copy a template: its name and a folder are needed', {
      hint: 'Run "hibana init pi my-app", or "hibana init --list" to see the templates',
    });
  }
  await copyTemplate({ folder, name: template, to: resolve(app.cwd, dir) });
  const next = `hibana run ${quoted(sourceFor(dir))}`;
  await app.writeResult({
    text: `copied the template "${template}" to ${dir}\nrun it with: ${next}`,
    data: { template, dir: resolve(app.cwd, dir), next },
  });
  return 0;
};

async function listTemplates(folder: string, app: AppContext): Promise<number> {
  const names = await templateNames(folder);
  const templates = await Promise.all(
    names.map(async (name) => ({ name, summary: await summaryOf(join(folder, name)) })),
  );
  const rows = templates.map(({ name, summary }) => [name, summary]);
  await app.writeResult({ text: await table(['NAME', 'WHAT IT IS'], rows), data: { templates } });
  return 0;
}

export interface CopyTemplate {
  /** The folder of all templates. */
  readonly folder: string;
  readonly name: string;
  /** Absolute; empty, or not there yet. */
  readonly to: string;
}

/** Copies a template. What could only be copied in part is removed again.
 *  @throws {ToolError} TEMPLATE_UNKNOWN; TARGET_EXISTS; FILE_UNREADABLE, DISK_FULL when the target cannot be written */
export async function copyTemplate({ folder, name, to }: CopyTemplate): Promise<void> {
  const names = await templateNames(folder);
  if (!names.includes(name)) throw unknownTemplate(name, names);
  const there = await entriesOf(to);
  if (there !== undefined && there.length > 0) {
    throw new ToolError('TARGET_EXISTS', `Cannot copy the template to "${to}": it is not an empty folder`);
  }
  try {
    await cp(join(folder, name), to, { recursive: true, filter: isSource });
  } catch (error) {
    const copied = (await entriesOf(to).catch(() => undefined)) ?? [];
    const made = there === undefined ? [to] : copied.map((entry) => join(to, entry));
    await Promise.all(made.map((path) => rm(path, { recursive: true, force: true })));
    throw copyError(error, to);
  }
}

async function templateNames(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** The first sentence of its README, below the title. */
async function summaryOf(template: string): Promise<string> {
  const text = await readFile(join(template, 'README.md'), 'utf8').catch(() => '');
  const [, paragraph = ''] = text.split(/\n\s*\n/);
  return /^.*?(?=\.(\s|$))/s.exec(paragraph)?.[0].replace(/\s+/g, ' ') ?? '';
}

/** `undefined` when there is nothing; a file counts as a folder that is not empty. */
async function entriesOf(path: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'ENOTDIR') return [basename(path)];
    throw copyError(error, path);
  }
}

function isSource(path: string): boolean {
  return basename(path) !== '__pycache__';
}

function unknownTemplate(name: string, names: readonly string[]): ToolError {
  const near = nearest(name, names);
  const ending = near === undefined ? `the templates are ${names.join(', ')}` : `did you mean "${near}"?`;
  return new ToolError('TEMPLATE_UNKNOWN', `Cannot find the template "${name}"; ${ending}`, {
    details: { name, names },
  });
}

function copyError(cause: unknown, to: string): unknown {
  const code = systemCode(cause);
  if (code === undefined) return cause;
  const message = `Cannot copy the template to "${to}": ${code === 'ENOSPC' ? 'the disk is full' : code}`;
  if (code === 'ENOSPC') return new ToolError('DISK_FULL', message, { cause, hint: 'Free some space' });
  return new ToolError('FILE_UNREADABLE', message, { cause, hint: 'Name a folder that you may write to' });
}

/** As a source: a bare word would be a template's name. */
function sourceFor(dir: string): string {
  return /^(\/|\.\.?(\/|$))/.test(dir) ? dir : `./${dir}`;
}

function quoted(word: string): string {
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
