/** Bundles the CLI and the launcher into dist/, and puts what goes into images beside them. The stamp is written last: the wrapper builds again while it is missing or old. */
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
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
  outExtension: { '.js': '.mjs' },
  define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
  // CommonJS packages inside an ES module bundle call `require` for Node's own modules.
  banner: {
    js: "import { createRequire as hibanaRequire } from 'node:module'; const require = hibanaRequire(import.meta.url);",
  },
} as const;

async function main(): Promise<void> {
  await mkdir(dist, { recursive: true });
  await removeOldChunks();
  await build({
    ...shared,
    entryPoints: { main: join(root, 'cli/main.ts') },
    outdir: join(dist, 'cli'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    external: ['react-devtools-core'],
  });
  await build({
    ...shared,
    entryPoints: { main: join(root, 'runtime/launcher/main.ts') },
    outdir: join(dist, 'launcher'),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  });
  await buildImageFiles();
  await writeFile(join(dist, '.stamp'), '');
}

/** `image/launcher.mjs`, the launcher in one file; `image/<builder>/`, all of its folder that is no TypeScript. */
async function buildImageFiles(): Promise<void> {
  const target = join(dist, 'image');
  await build({
    ...shared,
    entryPoints: { launcher: join(root, 'runtime/launcher/main.ts') },
    outdir: target,
  });
  const folders = await readdir(join(root, 'builder-images'), { withFileTypes: true });
  for (const { name } of folders.filter((entry) => entry.isDirectory())) {
    const filter = (path: string) => !/\.(ts|md)$/.test(path);
    await cp(join(root, 'builder-images', name), join(target, name), { recursive: true, filter });
  }
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
