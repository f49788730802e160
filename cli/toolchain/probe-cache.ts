import { createHash } from 'node:crypto';
import { open, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../runtime/platform/atomic-write.ts';
import { makeFolders } from '../../runtime/platform/make-folders.ts';

/** The answer of a program, remembered by what the file was then: real path, time, size. A script (a pyenv shim) may answer differently
 *  tomorrow, so only binaries are remembered. Where the cache cannot be written, it is asked again. */
export async function rememberedProbe<T>(
  { cache, path, kind }: { readonly cache: string; readonly path: string; readonly kind: string },
  parse: (value: unknown) => T | undefined,
  probe: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const key = await keyOf(path, kind).catch(() => undefined);
  if (key === undefined) return probe();
  const file = join(cache, 'probes', `${key}.json`);
  const known = await readFile(file, 'utf8').then(
    (text) => parse(parseJson(text)),
    () => undefined,
  );
  if (known !== undefined) return known;
  const value = await probe();
  if (value !== undefined) await remember(file, value).catch(() => {});
  return value;
}

const ELF_OR_MACH_O = new Set(['7f454c46', 'cffaedfe', 'cafebabe']);
const KEY_LENGTH = 32;

async function keyOf(path: string, kind: string): Promise<string | undefined> {
  const real = await realpath(path);
  await using file = await open(real, 'r');
  const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
  if (!ELF_OR_MACH_O.has(buffer.toString('hex'))) return undefined;
  const { mtimeMs, size } = await stat(real);
  // `path` too: a virtual environment's Python is a link, and what it is depends on where the link is.
  const text = JSON.stringify([kind, path, real, mtimeMs, size]);
  return createHash('sha256').update(text).digest('hex').slice(0, KEY_LENGTH);
}

async function remember(file: string, value: unknown): Promise<void> {
  makeFolders(join(file, '..'));
  await writeAtomically(file, JSON.stringify(value));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
