/** Bundles the CLI and the launcher into dist/, and puts what goes into images beside them. The stamp is written last: the wrapper builds again while it is missing or old. */
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const leftOut = join(import.meta.dirname, 'left-out.ts');
const keepOldChunksMs = 60 * 60 * 1_000;

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  sourcemap: false,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
  outExtension: { '.js': '.mjs' },
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // CommonJS packages inside an ES module bundle call `require` for Node's own modules, and some name files beside them, which are never read.
  banner: {
    js: "import { createRequire as hibanaRequire } from 'node:module'; const require = hibanaRequire(import.meta.url), __dirname = import.meta.dirname;",
  },
} as const;

async function main(): Promise<void> {
  await mkdir(dist, { recursive: true });
  await removeOldChunks();
  const cli = await build({
    ...shared,
    entryPoints: { main: join(root, 'cli/main.ts') },
    outdir: join(dist, 'cli'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // Optional parts of what is bundled, some compiled where npm finds a compiler: looked for in vain at run time, on every machine.
    external: ['react-devtools-core', 'cpu-features', '*.node'],
  });
  const launcher = await build({
    ...shared,
    entryPoints: {
      main: join(root, 'runtime/launcher/main.ts'),
      docker: join(root, 'runtime/launcher/docker/main.ts'),
      kubernetes: join(root, 'runtime/launcher/kubernetes/main.ts'),
    },
    alias: { ssh2: leftOut, '@grpc/grpc-js': leftOut, '@grpc/proto-loader': leftOut },
    outdir: join(dist, 'launcher'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  await buildImageFiles([cli, launcher].flatMap(({ metafile }) => Object.keys(metafile.outputs)));
  await writeFile(join(dist, '.stamp'), '');
}

/** `image/launcher.mjs`, the launcher in one file; `image/member.mjs`, a guard alone; `image/<builder>/`, all of its folder that is no TypeScript; `image/program.txt`, what the
 *  program consists of, without what builds before have left. */
async function buildImageFiles(outputs: readonly string[]): Promise<void> {
  const [sources, target] = [join(root, 'builder-images'), join(dist, 'image')];
  const launcher = await build({
    ...shared,
    entryPoints: {
      launcher: join(root, 'runtime/launcher/main.ts'),
      member: join(root, 'runtime/launcher/member-main.ts'),
    },
    // A run in an application's image is nowhere else, and has no client of any platform.
    external: ['*/docker/sweep-run.ts', '*/docker/keep-run.ts'],
    outdir: target,
  });
  const found = await readdir(sources, { recursive: true, withFileTypes: true });
  const names = found
    .filter((entry) => entry.isFile() && !/\.(ts|md)$/.test(entry.name))
    .map((entry) => relative(sources, join(entry.parentPath, entry.name)));
  for (const name of names) await cp(join(sources, name), join(target, name));
  const list = join(target, 'program.txt');
  const bundles = [...outputs, ...Object.keys(launcher.metafile.outputs)].map((path) => resolve(path));
  const files = [...bundles, ...names.map((name) => join(target, name)), list].map((path) => relative(root, path));
  await writeFile(list, `${files.toSorted().join('\n')}\n`);
}

/** A program that runs while we build may still load its chunks: only those that no recent build wrote are removed. */
async function removeOldChunks(): Promise<void> {
  for (const folder of ['cli/chunks', 'launcher/chunks']) {
    const names = await readdir(join(dist, folder)).catch(() => []);
    for (const name of names) {
      const path = join(dist, folder, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > keepOldChunksMs) await rm(path, { force: true });
    }
  }
}

await main();
