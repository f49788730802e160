import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import type { ToolchainDeps } from '../../../../cli/toolchain/deps.ts';

export interface Workspace extends AsyncDisposable {
  readonly root: string;
  /** Puts a shell script at `path` below the root and gives its full path. */
  script(path: string, body: string): Promise<string>;
  /** With an empty cache, nothing on the PATH but `folders`, and this index. */
  deps(options: { readonly folders?: readonly string[]; readonly indexUrl?: string }): ToolchainDeps;
}

export async function createWorkspace(): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'hibana-toolchain-'));
  return {
    root,
    script: async (path, body) => {
      const file = join(root, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `#!/bin/sh\n${body}\n`);
      await chmod(file, 0o755);
      return file;
    },
    deps: ({ folders = [], indexUrl = 'http://127.0.0.1:9/simple' }) => ({
      cache: join(root, 'cache'),
      env: { PATH: [...folders.map((folder) => join(root, folder)), '/usr/bin', '/bin'].join(':') },
      ...{ home: join(root, 'home'), platform: 'linux', arch: 'x64', pid: process.pid, extraEnv: { HIBANA_MARK: '1' } },
      index: { indexUrl, caFile: null },
    }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

const ZIP = `
import io, json, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, "w") as archive:
    for name, text in json.load(sys.stdin).items(): archive.writestr(name, text)
sys.stdout.buffer.write(out.getvalue())
`;

export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  return execFileSync('python3', ['-c', ZIP], { input: JSON.stringify(files) });
}

/** A source archive of pyspark, with everything in it that matters and something that does not. Its jar is as large as makes a small disk full. */
export async function sparkArchive(version: string, jarBytes = 300_000): Promise<Buffer> {
  const root = await mkdtemp(join(tmpdir(), 'hibana-sdist-'));
  const files: Readonly<Record<string, string | Buffer>> = {
    'deps/jars/spark-core_2.13.jar': randomBytes(jarBytes),
    'deps/jars/connect-repl/big.jar': 'jar',
    'deps/bin/spark-submit': '#!/bin/sh\n',
    'deps/bin/spark-submit.cmd': '',
    'deps/data/big.txt': 'data',
    'pyspark/__init__.py': `__version__ = "${version}"\n`,
    'lib/pyspark.zip': 'zip',
    'lib/py4j-0.10.9-src.zip': zipOf({ 'py4j/__init__.py': '' }),
    'setup.py': '',
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, `pyspark-${version}`, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  await create({ gzip: true, cwd: root, file: join(root, 'out.tar.gz') }, [`pyspark-${version}`]);
  const bytes = await readFile(join(root, 'out.tar.gz'));
  await rm(root, { recursive: true });
  return bytes;
}
