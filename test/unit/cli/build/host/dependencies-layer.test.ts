import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DependenciesInput, dependenciesLayer } from '../../../../../cli/build/host/dependencies-layer.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

let site: string;
beforeEach(async () => {
  site = await mkdtemp(join(tmpdir(), 'hibana-site-'));
});
afterEach(() => rm(site, { recursive: true, force: true }));

const facts: Omit<DependenciesInput, 'install'> = {
  lock: 'flask==3.0.3 --hash=sha256:x\n',
  isWheelsOnly: true,
  python: '3.12',
  libc: { kind: 'glibc', version: [2, 36] },
  architecture: 'amd64',
  builder: 'sha256:b',
};

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(site, path)), { recursive: true });
    await writeFile(join(site, path), text);
  }
}

/** Path → mode and text, as the layer has it. */
async function contents(): Promise<Readonly<Record<string, string>>> {
  const layer = dependenciesLayer({ ...facts, install: async () => site });
  const entries = await Array.fromAsync(layer.entries(testCtx()));
  const pairs = entries.map(async (entry) => {
    const path = entry.path.toString().replace('opt/app-root/', '');
    if (entry.kind !== 'file') return [path, entry.kind] as const;
    const { content, size } = entry;
    const bytes =
      content.kind === 'bytes'
        ? Buffer.from(content.bytes)
        : await readFile(String(content.kind === 'path' && content.path));
    expect(bytes.length).toBe(size);
    return [path, `${entry.mode.toString(8)} ${bytes}`] as const;
  });
  return Object.fromEntries(await Promise.all(pairs));
}

describe('dependenciesLayer()', () => {
  it('has what was installed, less what is of this machine', async () => {
    await write({
      'flask/app.py': 'x',
      'flask/__pycache__/app.cpython-311.pyc': 'bytecode',
      'bin/flask': '#!/usr/bin/python3.11\nimport flask\n',
      'bin/native': '\x7fELF',
      'lib.so': 'so',
      'flask-3.0.3.dist-info/RECORD':
        'lib.so,,\nbin/flask,sha256=old,1\nflask/app.py,sha256=a,1\nflask-3.0.3.dist-info/uv_cache.json,,\n',
      'flask-3.0.3.dist-info/uv_cache.json': '{"timestamp": 1}',
    });
    await chmod(join(site, 'lib.so'), 0o755);
    await chmod(join(site, 'bin/flask'), 0o755);
    const found = await contents();
    expect(Object.keys(found)).toEqual([
      'deps',
      'deps/bin',
      'deps/bin/flask',
      'deps/bin/native',
      'deps/flask',
      'deps/flask/app.py',
      'deps/flask-3.0.3.dist-info',
      'deps/flask-3.0.3.dist-info/RECORD',
      'deps/lib.so',
    ]);
    expect(found).toMatchObject({
      'deps/bin/flask': '775 #!/usr/bin/env python3\nimport flask\n',
      'deps/bin/native': '664 \x7fELF',
      'deps/lib.so': '775 so',
    });
    const record = found['deps/flask-3.0.3.dist-info/RECORD'] ?? '';
    expect(record).toMatch(/^664 bin\/flask,sha256=[\w-]{43},36\nflask\/app\.py,sha256=a,1\nlib\.so,,\n$/);
    expect(await readFile(join(site, 'bin/flask'), 'utf8')).toContain('/usr/bin/python3.11');
  });

  it('installs only when it is read', async () => {
    let installed = 0;
    const install = async () => {
      installed += 1;
      return site;
    };
    const layer = dependenciesLayer({ ...facts, install });
    expect([layer.key.length, installed]).toEqual([64, 0]);
    await Array.fromAsync(layer.entries(testCtx()));
    expect(installed).toBe(1);
  });

  it.each<[string, Partial<DependenciesInput>]>([
    ['another set', { lock: 'flask==3.0.2 --hash=sha256:y\n' }],
    ['packages that were built here', { isWheelsOnly: false }],
    ['another Python', { python: '3.11' }],
    ['another libc', { libc: { kind: 'musl', version: [1, 2] } }],
    ['another architecture', { architecture: 'arm64' }],
    ['another builder', { builder: 'sha256:c' }],
  ])('has another key for %s', (_name, change) => {
    const install = async () => site;
    const key = dependenciesLayer({ ...facts, install }).key;
    expect(dependenciesLayer({ ...facts, install }).key).toBe(key);
    expect(dependenciesLayer({ ...facts, ...change, install }).key).not.toBe(key);
  });
});
