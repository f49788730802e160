import { isAbsolute, parse } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import { checkContextDir } from './context-dir.ts';
import { checkRef, nearestNames } from './git-ref.ts';
import { displayUrl, looksLikeGitUrl, parseGitUrl } from './git-url.ts';
import type { Source } from './source.ts';

export interface ParseSourceOptions {
  /** `--context-dir`; `null` when not given. */
  readonly contextDir: string | null;
  /** Whether a path is an existing directory. This and the next are all that is asked of the world. */
  readonly isDirectory: (path: string) => boolean;
  /** Whether a path is an existing file, for the error alone. Default: none is. */
  readonly isFile?: (path: string) => boolean;
  /** The names of the template applications. */
  readonly templates: readonly string[];
  /** Accept `http://` for hosts other than this machine. Default false. */
  readonly allowHttp?: boolean;
}

/** Reads `<source>` as every command takes it: a git URL with `#ref`, a directory, or the name of a template. An existing directory wins
 *  over a template of the same name, unless that is written `template:NAME`. `http://` is for this machine only (localhost, 127.0.0.0/8, ::1) unless `allowHttp` is set.
 *  @throws {ToolError} SOURCE_INVALID, SOURCE_UNSAFE, CONTEXT_DIR_INVALID; SOURCE_NOT_FOUND with the nearest template. */
export function parseSource(text: string, options: ParseSourceOptions): Source {
  const contextDir = checkContextDir(options.contextDir);
  if (text === '') throw new ToolError('SOURCE_INVALID', 'Cannot use "" as a source: it is empty');
  if (text.startsWith('-')) {
    throw new ToolError('SOURCE_UNSAFE', `Cannot use "${displayUrl(text)}" as a source: it reads as an option`, {
      hint: 'Write ./ before the name of a directory that starts with a dash',
    });
  }
  const template = TEMPLATE.exec(text)?.[1];
  if (template !== undefined) return namedTemplate(template, text, contextDir, options.templates);
  const canBePath = !text.includes('://') && !text.includes('\0');
  if (canBePath && options.isDirectory(text)) return { kind: 'directory', path: text, contextDir };
  if (looksLikeGitUrl(text)) return parseGit(text, contextDir, options.allowHttp === true);
  if (options.templates.includes(text)) return templateSource(text, contextDir);
  if (canBePath && options.isFile?.(text)) throw isFile(text);
  throw notFound(text, options.templates);
}

export interface SourceNotice {
  readonly message: string;
  readonly hint: string;
}

/** What to say where `text` names a directory and a template too; `null`: nothing. */
export function shadowNotice(text: string, source: Source, templates: readonly string[]): SourceNotice | null {
  if (source.kind !== 'directory' || !templates.includes(text)) return null;
  return {
    message: `The source is the directory "${text}", and not the template of that name`,
    hint: `Write template:${text} for the template, or ./${text} for the directory`,
  };
}

const TEMPLATE = /^template:(.*)$/s;

function namedTemplate(name: string, text: string, contextDir: string | null, templates: readonly string[]): Source {
  if (templates.includes(name)) return templateSource(name, contextDir);
  const message = `Cannot open the source "${displayUrl(text)}": there is no such template`;
  throw new ToolError('SOURCE_NOT_FOUND', message, {
    details: { templates },
    hint: 'Run "hibana init --list" to see the templates',
  });
}

function parseGit(text: string, contextDir: string | null, allowHttp: boolean): Source {
  const hash = text.indexOf('#');
  const { text: url } = parseGitUrl(hash < 0 ? text : beforeHash(text, hash), { allowHttp });
  return { kind: 'git', url, ref: hash < 0 ? null : checkRef(text.slice(hash + 1)), contextDir };
}

/** A "#" in a password cuts the URL there: the rest must not get lost before credentials are looked for. */
function beforeHash(text: string, hash: number): string {
  const authority = /^https?:\/\/[^/]*/i.exec(text)?.[0] ?? '';
  return authority.includes('@') ? text : text.slice(0, hash);
}

function templateSource(name: string, contextDir: string | null): Source {
  if (contextDir === null) return { kind: 'template', name };
  throw new ToolError(
    'CONTEXT_DIR_INVALID',
    `Cannot use "${contextDir}" in the template "${name}": it has no folders`,
    {
      hint: 'Leave --context-dir out',
    },
  );
}

function isFile(text: string): ToolError {
  const { dir, base } = parse(text);
  return new ToolError('SOURCE_NOT_FOUND', `Cannot open the source "${text}": it is a file, and no directory`, {
    hint: `Give its directory, and the file with --app-file: "${dir === '' ? '.' : dir} --app-file ${base}"`,
  });
}

function notFound(text: string, templates: readonly string[]): ToolError {
  const shown = displayUrl(text);
  if (text.includes('/') || text.startsWith('.') || isAbsolute(text)) {
    return new ToolError('SOURCE_NOT_FOUND', `Cannot open the source "${shown}": there is no such directory`);
  }
  const nearest = nearestNames(text, templates)[0];
  const known = templates.length === 0 ? 'there are no templates' : `the templates are ${templates.join(', ')}`;
  return new ToolError('SOURCE_NOT_FOUND', `Cannot open the source "${shown}": no such directory, and ${known}`, {
    details: { templates, nearest: nearest ?? null },
    ...(nearest === undefined ? {} : { hint: `Did you mean "${nearest}"?` }),
  });
}
