import { transform } from 'esbuild';
import type { SourceFiles } from './source-files.ts';

/** Files with more lines than `maximum`. */
export function tooLong(files: SourceFiles, maximum: number): readonly string[] {
  return [...files].flatMap(([path, text]) => {
    const lines = text.split('\n').length - 1;
    return lines > maximum ? [`${path}: ${lines} lines, at most ${maximum}`] : [];
  });
}

const FORBIDDEN_FORMS = [
  { what: 'a default export', pattern: /^\s*export\s+default\b|^\s*export\s*\{[^}]*\bas\s+default\b/m },
  { what: 'an enum', pattern: /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w/m },
  { what: 'a variable of the module that changes', pattern: /^(export\s+)?(let|var)\s/m },
  // By its name alone all of it comes into the bundle, the messages in fifty languages too.
  { what: 'zod by its name instead of its parts', pattern: /^import\s+(type\s+)?\{[^}]*\}\s+from\s+'zod/m },
] as const;

/** Files that have a form which the style guide has not. */
export function forbiddenForms(files: SourceFiles): readonly string[] {
  return [...files].flatMap(([path, text]) =>
    FORBIDDEN_FORMS.filter(({ pattern }) => pattern.test(text)).map(({ what }) => `${path}: ${what}`),
  );
}

const GLOBALS = ['process', 'console'] as const;

/** Uses of Node's global `process` or `console`; a variable of that name is none. `allowed`: path → why it may. */
export async function globalUses(
  files: SourceFiles,
  allowed: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const found = await Promise.all(
    [...files].map(async ([path, text]) => {
      const used = path in allowed ? [] : await globalsOf(text, path);
      return used.map((name) => `${path}: uses the global ${name}`);
    }),
  );
  return found.flat();
}

/** `define` replaces only names that no scope declares: what is left of the mark are the uses of the global. */
async function globalsOf(text: string, path: string): Promise<readonly string[]> {
  const marks = Object.fromEntries(
    GLOBALS.flatMap((name) => [
      [name, `GLOBAL_${name}`],
      [`globalThis.${name}`, `GLOBAL_${name}`],
    ]),
  );
  const { code } = await transform(text, { loader: path.endsWith('x') ? 'tsx' : 'ts', define: marks });
  return GLOBALS.filter((name) => code.includes(`GLOBAL_${name}`));
}

const SKIPS = /\.(skip|skipIf|runIf|only|todo|fails)\b\s*[(.]/;

/** Tests that skip by themselves: conditions belong to `helper`, which makes a skip visible, or a failure where it must not be. */
export function skipsOutside(files: SourceFiles, helper: string): readonly string[] {
  return [...files].flatMap(([path, text]) => {
    const match = path === helper ? null : SKIPS.exec(text);
    return match ? [`${path}: ${match[0].replace(/\W+$/, '')} outside ${helper}`] : [];
  });
}
