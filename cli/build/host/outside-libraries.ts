import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { binaryHint } from '../../toolchain/dependencies/known-distributions.ts';
import { neededLibraries } from './needed-libraries.ts';

/** A package that is built for this machine and needs what is in no package. */
export interface OutsideLibraries {
  readonly name: string;
  readonly version: string;
  /** By the names that the loader looks for: `libpq.so.5`. Sorted. */
  readonly libraries: readonly string[];
}

/** Which packages of an installed set were built on this machine, and need shared libraries of it that neither the set nor every system with a glibc has:
 *  the builder may lack them. Wheels of an index carry theirs (`manylinux`) and are not looked into. */
export async function findOutsideLibraries(site: string, ctx: Ctx): Promise<readonly OutsideLibraries[]> {
  const infos = (await readdir(site)).filter((name) => name.endsWith(INFO)).toSorted();
  const packages = await Promise.all(infos.map((info) => readPackage(site, info)));
  const own = new Set(packages.flatMap(({ files }) => files.map((file) => basename(file))));
  const found: OutsideLibraries[] = [];
  for (const { name, version, files, isBuiltHere } of packages) {
    if (!isBuiltHere) continue;
    ctx.signal.throwIfAborted();
    const needed = await Promise.all(files.map((file) => neededLibraries(join(site, file)).catch(() => [])));
    const libraries = [...new Set(needed.flat())].filter((one) => !own.has(one) && !EVERYWHERE.test(one));
    if (libraries.length > 0) found.push({ name, version, libraries: libraries.toSorted() });
  }
  return found;
}

/** Warns of what `findOutsideLibraries` has found. */
export async function tellOutsideLibraries(site: string, ctx: Ctx): Promise<void> {
  for (const { name, version, libraries } of await findOutsideLibraries(site, ctx)) {
    const needs = `needs ${libraries.join(', ')}, which the builder may not have`;
    const message = `${name} ${version} is built for this machine and ${needs}`;
    ctx.emit({ type: 'notice', level: 'warning', message, hint: hintFor(name) });
  }
}

function hintFor(name: string): string {
  const there = 'Build with --build-in docker and a builder made by "hibana builder build python-devel"';
  const instead = binaryHint(name);
  return instead === undefined ? there : `${there}; or ${instead.slice(0, 1).toLowerCase()}${instead.slice(1)}`;
}

const INFO = '.dist-info';
const SHARED_OBJECT = /\.so(?:\.\d+)*$/;
/** What comes with glibc, gcc and Python itself. */
const EVERYWHERE =
  /^(?:lib(?:c|m|dl|pthread|rt|util|resolv|anl|gcc_s|stdc\+\+|python3(?:\.\d+)?)\.so(?:\.[\d.]+)?|ld-linux[\w-]*\.so\.\d+)$/;

interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** Its shared objects, relative to the folder. */
  readonly files: readonly string[];
  readonly isBuiltHere: boolean;
}

/** Source: packaging.python.org, "Binary distribution format" and "Recording installed projects". */
async function readPackage(site: string, info: string): Promise<InstalledPackage> {
  const [wheel, record] = await Promise.all(
    ['WHEEL', 'RECORD'].map((name) => readFile(join(site, info, name), 'utf8').catch(() => '')),
  );
  const [name = info, version = ''] = info.slice(0, -INFO.length).split('-');
  const files = (record ?? '').split(/\r?\n/).flatMap((line) => {
    const path = line.split(',', 1)[0] ?? '';
    return SHARED_OBJECT.test(path) ? [path] : [];
  });
  return { name: name.replaceAll('_', '-'), version, files, isBuiltHere: /^Tag: .*-linux_\w+\s*$/m.test(wheel ?? '') };
}
