import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A source distribution that needs no other package to be built, and a compiler that it does not find: `['six-1.0.tar.gz', bytes]`. */
export async function brokenSource(
  name: string,
  version: string,
  /** For files on the way. */
  folder: string,
): Promise<readonly [string, Buffer]> {
  const backend =
    'def build_wheel(*_):\n    raise SystemExit("error: command \'gcc\' failed: No such file or directory")\n';
  return sourceWith(backend, { name, version, folder });
}

/** One that is built by this Python, which has `build_wheel`. */
export async function sourceWith(
  backend: string,
  { name, version, folder }: { readonly name: string; readonly version: string; readonly folder: string },
): Promise<readonly [string, Buffer]> {
  const [top, file] = [`${name}-${version}`, join(folder, `${name}-${version}.tar.gz`)];
  const metadata = `Metadata-Version: 2.2\nName: ${name.replace('_', '-')}\nVersion: ${version}\n`;
  const project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n';
  const named = `[project]\nname = "${name.replace('_', '-')}"\nversion = "${version}"\n`;
  await mkdir(join(folder, top));
  await writeFile(join(folder, top, 'PKG-INFO'), metadata);
  await writeFile(join(folder, top, 'pyproject.toml'), `${project}\n${named}`);
  await writeFile(join(folder, top, 'backend.py'), backend);
  execFileSync('tar', ['-czf', file, '-C', folder, top]);
  return [`${name}-${version}.tar.gz`, await readFile(file)];
}
