import { posix } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { SourceFiles } from './source-files.ts';

export interface Import {
  readonly from: string;
  /** A path of ours (`runtime/core/app.ts`), or the name as it is written (`zod/mini`, `node:fs`). */
  readonly to: string;
  readonly ours: boolean;
  readonly dynamic: boolean;
}

export interface ImportGraph {
  readonly imports: readonly Import[];
  /** Dynamic imports of what is no literal, and `import('x')` as a type: nobody could follow them. */
  readonly hidden: readonly string[];
}

const PREFIX = 'source:';

/** Who imports what, by a real parser (esbuild's). `all` counts `import type` too; `runtime` what is left when types are gone. */
export async function importGraph(files: SourceFiles, count: 'all' | 'runtime'): Promise<ImportGraph> {
  const imports: Import[] = [];
  const result = await build({
    // With a prefix, so that esbuild does not look for the file on the disk.
    entryPoints: [...files.keys()].map((path) => `${PREFIX}${path}`),
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'out',
    format: 'esm',
    platform: 'node',
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true, jsx: 'react-jsx' } },
    plugins: [recorder(files, count, imports)],
  });
  if (result.errors.length > 0) throw new Error(result.errors.map(({ text }) => text).join('\n'));
  return { imports, hidden: [...files].flatMap(([path, text]) => hiddenImports(path, text)) };
}

function recorder(files: SourceFiles, count: 'all' | 'runtime', imports: Import[]): Plugin {
  return {
    name: 'recorder',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        if (kind === 'entry-point') return { path: path.slice(PREFIX.length), namespace: 'source' };
        const ours = path.startsWith('.');
        const to = ours ? posix.join(posix.dirname(importer), path) : path;
        imports.push({ from: importer, to, ours, dynamic: kind === 'dynamic-import' });
        return { path, external: true };
      });
      onLoad({ filter: /.*/, namespace: 'source' }, ({ path }) => {
        // esbuild would look on the disk for what a template may mean; it is reported as hidden.
        const text = (files.get(path) ?? '').replace(/\bimport\(\s*`/g, 'Promise.resolve(`');
        return { contents: count === 'all' ? keepTypeImports(text) : text, loader: path.endsWith('x') ? 'tsx' : 'ts' };
      });
    },
  };
}

/** esbuild drops imports of types: without the word `type` they are imports like any other. */
function keepTypeImports(text: string): string {
  return text.replace(/^import type (?!from\b)/gm, 'import ').replace(/^export type (?=[{*])/gm, 'export ');
}

function hiddenImports(path: string, text: string): readonly string[] {
  const code = text.replace(/^\s*(\/\/|\/?\*).*$/gm, '');
  const found =
    code.match(/\bimport\(\s*(?!['"\s])[^)\n]*|(typeof\s|[:<|&=]\s*)import\(['"][^'"]+['"]\)\s*[.[]\s*\w+/g) ?? [];
  return found.filter((match) => !/=\s*import/.test(match)).map((match) => `${path}: ${match}`);
}
