import { readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import type { ImageStore } from '../image/image-store.ts';
import type { Attributes } from '../image/layer-source.ts';
import type { StoredImage } from '../image/read-image.ts';
import { withCacheEntry } from '../packages/cache-entry.ts';
import type { Libc } from '../packages/machine.ts';
import { findInImage, type ImageFiles } from './find-in-image.ts';

/** What a base has that decides what is put on it. */
export interface BaseFacts {
  /** The text of /etc/passwd; `null` where there is none. */
  readonly passwd: string | null;
  /** Every `python3.N` in the folders of its PATH: the one that `python3` is goes first. */
  readonly pythons: readonly BasePython[];
  readonly libc: Libc | null;
  /** Programs that are there, by name: absolute paths. */
  readonly programs: Readonly<Record<string, string>>;
  /** The folders into which layers of a builder go, as the base has them, by path. */
  readonly folders: Readonly<Record<string, Attributes>>;
}

export interface BasePython {
  /** Absolute. */
  readonly path: string;
  /** `3.12` */
  readonly minor: string;
}

export interface SurveyDeps {
  readonly store: Pick<ImageStore, 'blob'>;
  readonly cache: string;
  readonly pid: number;
}

/** Looks into the layers of a base, once for each digest: they pass by as streams, the topmost first, and nothing of them is stored but the
 *  answer. Guessing would be quicker, and wrong for the first base with users or a Python of its own.
 *  @throws {ToolError} what the store and the cache throw */
export async function surveyBase(base: StoredImage, deps: SurveyDeps, ctx: Ctx): Promise<BaseFacts> {
  const id = base.descriptor.digest.replace('sha256:', '');
  const entry = {
    cache: deps.cache,
    key: `bases/${id}-${FORMAT}`,
    what: 'what is known of the base',
    step: 'toolchain',
    pid: deps.pid,
  } as const;
  const path = await withCacheEntry(
    entry,
    async (dir) => {
      ctx.emit({ type: 'step-progress', step: 'toolchain', doing: 'looks into the base' });
      await writeFile(join(dir, FILE), JSON.stringify(await survey(base, deps, ctx)));
    },
    ctx,
  );
  // Only what this function wrote is there.
  return JSON.parse(await readFile(join(path, FILE), 'utf8')) as BaseFacts;
}

/** Counts the changes of `BaseFacts`. */
const FORMAT = 2;
const FILE = 'facts.json';
const PASSWD = 'etc/passwd';
const FOLDERS = ['etc', 'home', 'opt', 'run', 'usr', 'usr/local', 'usr/local/bin', 'usr/libexec'];
const PROGRAMS = ['git', 'sh'];
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const PYTHON = /^python3(?:\.\d+)?$/;
/** Where distributions put glibc; before 2.34 its file has its version as a name. */
const GLIBC = /^(?:usr\/)?lib(?:64)?\/(?:[a-z0-9_]+-linux-gnu[a-z0-9]*\/)?(?:libc\.so\.6|libc-(\d+)\.(\d+)\.so)$/;
const MUSL = /^(?:usr\/)?lib\/ld-musl-[a-z0-9_]+\.so\.1$/;

async function survey(base: StoredImage, deps: SurveyDeps, ctx: Ctx): Promise<BaseFacts> {
  const path = pathOf(base.config.config?.Env);
  const programs = new Set(path.flatMap((folder) => PROGRAMS.map((name) => `${folder}/${name}`)));
  const wants = (file: string) => {
    if (file === PASSWD || GLIBC.test(file)) return 'content';
    const isProgram = programs.has(file) || (PYTHON.test(posix.basename(file)) && path.includes(posix.dirname(file)));
    return isProgram || FOLDERS.includes(file) || MUSL.test(file) ? 'entry' : null;
  };
  const layers = base.manifest.layers;
  const found = await findInImage({ store: deps.store, layers, wants }, ctx);
  const present = FOLDERS.flatMap((name) => {
    const folder = found.get(name);
    return folder?.kind === 'directory' ? [[name, { mode: folder.mode, uid: folder.uid, gid: folder.gid }]] : [];
  });
  return {
    passwd: found.get(PASSWD)?.content?.toString() ?? null,
    pythons: findPythons(found, path),
    libc: findLibc(found),
    programs: Object.fromEntries(
      PROGRAMS.flatMap((name) => {
        const folder = path.find((candidate) => found.has(`${candidate}/${name}`));
        return folder === undefined ? [] : [[name, `/${folder}/${name}`]];
      }),
    ),
    folders: Object.fromEntries(present),
  };
}

function pathOf(env: readonly string[] = []): readonly string[] {
  const text = env.findLast((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? DEFAULT_PATH;
  return [...new Set(text.split(':').filter((folder) => folder.startsWith('/')))].map((folder) =>
    folder.replace(/^\/+|\/+$/g, ''),
  );
}

function findPythons(found: ImageFiles, path: readonly string[]): readonly BasePython[] {
  const named = path.flatMap((folder) => {
    const versions = [...found.keys()].filter((file) => posix.dirname(file) === folder && /\.\d+$/.test(file));
    const chosen = found.get(`${folder}/python3`)?.target;
    const first = chosen == null ? undefined : posix.basename(chosen);
    return versions
      .filter((file) => PYTHON.test(posix.basename(file)))
      .toSorted((a, b) => Number(posix.basename(b) === first) - Number(posix.basename(a) === first))
      .map((file) => ({ path: `/${file}`, minor: posix.basename(file).slice('python'.length) }));
  });
  return named.filter(({ minor }, at) => named.findIndex((other) => other.minor === minor) === at);
}

function findLibc(found: ImageFiles): Libc | null {
  for (const [path, { content }] of found) {
    const named = GLIBC.exec(path);
    if (named === null) continue;
    const [, major, minor] = named[1] === undefined ? (saidVersion(content) ?? []) : named;
    if (major !== undefined) return { kind: 'glibc', version: [Number(major), Number(minor)] };
  }
  // Every musl of today is 1.2.
  return [...found.keys()].some((path) => MUSL.test(path)) ? { kind: 'musl', version: [1, 2] } : null;
}

/** What `libc.so.6` prints when it is run as a program. */
function saidVersion(content: Buffer | null): RegExpExecArray | null {
  return /GNU C Library [^\n]{0,200}?version (\d+)\.(\d+)/.exec(content?.toString('latin1') ?? '');
}
