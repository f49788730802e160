import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedLayer } from '../../../../cli/builder/cached-layer.ts';
import { NODE_VERSION } from '../../../../cli/builder/fetch-node.ts';
import { fileEntry, known, type Part, treeEntries } from '../../../../cli/builder/part.ts';
import type { BaseFacts } from '../../../../cli/builder/survey-base.ts';
import { systemPart, withUser } from '../../../../cli/builder/system-part.ts';
import { digestOf } from '../../../../cli/image/digest.ts';
import { testCtx } from '../../../helpers/ctx.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parts-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function listed(part: Part): Promise<Record<string, string>> {
  const entries = await part.entries(folder, testCtx());
  return Object.fromEntries(
    entries.map((entry) => {
      if (entry.kind === 'whiteout') throw new Error('a part deletes nothing');
      return [entry.path.toString(), `${entry.kind} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`];
    }),
  );
}

it('the Node of images is the one that this program is tested with', async () => {
  const text = await readFile(join(import.meta.dirname, '../../../../package.json'), 'utf8');
  expect(JSON.parse(text).dependencies.node).toBe(NODE_VERSION);
});

it('treeEntries() gives owner and mode by a rule, whoever unpacked the files', async () => {
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin/program'), 'x');
  await chmod(join(folder, 'bin/program'), 0o700);
  await writeFile(join(folder, 'text'), 'x');
  await chmod(join(folder, 'text'), 0o660);
  await symlink('bin/program', join(folder, 'link'));
  const part = {
    ...known({ kind: 'tools', createdBy: '', parents: {} }, []),
    entries: () => treeEntries(folder, '/opt/x'),
  };
  expect(await listed(part)).toEqual({
    'opt/x/bin/program': 'file 755 0:0',
    'opt/x/text': 'file 644 0:0',
    'opt/x/link': 'symlink 777 0:0',
  });
});

describe('systemPart()', () => {
  const base: BaseFacts = { passwd: 'root:x:0:0::/root:/bin/sh\n', pythons: [], libc: null, programs: {}, folders: {} };
  const toolchain = {
    ...{ version: 1 as const, spark: '4.2.1', classPath: 'x', javaRelease: 21, javaHasVectorModule: false },
    ...{ python: '/usr/bin/python3.11', pythonMinor: '3.11' },
  };

  it("has the user's folders, a list of users that the group may write, and what is known of the tools", async () => {
    expect(await listed(systemPart(base, toolchain))).toEqual({
      opt: 'directory 755 0:0',
      'opt/app-root': 'directory 775 1001:0',
      'opt/app-root/src': 'directory 775 1001:0',
      'opt/app-root/deps': 'directory 775 1001:0',
      'opt/app-root/jars': 'directory 775 1001:0',
      'etc/passwd': 'file 664 0:0',
      'opt/hibana/toolchain.json': 'file 644 0:0',
      'run/nscd': 'symlink 777 0:0',
    });
  });

  it('has another key for other users, other tools, other folders', () => {
    const folders = { etc: { mode: 0o700, uid: 0, gid: 0 } };
    const keys = [
      systemPart(base, toolchain),
      systemPart({ ...base, passwd: 'me:x:5:5::/:/bin/sh\n' }, toolchain),
      systemPart(base, { ...toolchain, javaRelease: 25 }),
      systemPart({ ...base, folders }, toolchain),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(systemPart({ ...base }, { ...toolchain }).key).toBe(keys[0]);
  });
});

const ROOT = 'root:x:0:0:root:/root:/bin/sh';
it.each([
  ['a base without users', '', [ROOT, 'hibana:x:1001:0:hibana:/opt/app-root:/bin/sh']],
  [
    'a base with users',
    `${ROOT}\nme:x:5:5::/:/bin/sh\n`,
    [ROOT, 'me:x:5:5::/:/bin/sh', 'hibana:x:1001:0:hibana:/opt/app-root:/bin/sh'],
  ],
  ['no end of line', ROOT, [ROOT, 'hibana:x:1001:0:hibana:/opt/app-root:/bin/sh']],
  [
    'a base with that uid',
    `${ROOT}\ndefault:x:1001:0::/opt:/sbin/nologin\n`,
    [ROOT, 'default:x:1001:0::/opt:/sbin/nologin'],
  ],
  [
    'a base with that name',
    'hibana:x:7:7::/:/bin/sh\n',
    ['hibana:x:7:7::/:/bin/sh', 'hibana1001:x:1001:0:hibana:/opt/app-root:/bin/sh'],
  ],
])('withUser() gives a list with our user: %s', (_, passwd, lines) => {
  expect(withUser(passwd)).toBe(`${lines.join('\n')}\n`);
});

describe('cachedLayer()', () => {
  const part = known({ kind: 'scripts', createdBy: 'test', parents: {} }, [fileEntry('/a/text', 'hello')]);

  it('makes a layer once, with the digest of its file', async () => {
    const first = await cachedLayer(part, { cache: folder, pid: 1 }, testCtx());
    expect(digestOf(await readFile(first.path))).toBe(first.layer.digest);
    const never = { ...part, entries: () => Promise.reject(new Error('made again')) };
    expect(await cachedLayer(never, { cache: folder, pid: 1 }, testCtx())).toEqual(first);
  });

  it('makes another layer for other folders above the same files', async () => {
    const first = await cachedLayer(part, { cache: folder, pid: 1 }, testCtx());
    const parents = { a: { mode: 0o700, uid: 5, gid: 5 } };
    const second = await cachedLayer({ ...part, parents }, { cache: folder, pid: 1 }, testCtx());
    expect(second.layer.diffId).not.toBe(first.layer.diffId);
  });

  it('has the files of a part until the layer is written, and not longer', async () => {
    const unpacked: Part = {
      ...part,
      key: 'other',
      entries: async (dir) => {
        await writeFile(join(dir, 'file'), 'hello');
        return treeEntries(dir, '/a');
      },
    };
    const { path } = await cachedLayer(unpacked, { cache: folder, pid: 1 }, testCtx());
    const { readdir } = await import('node:fs/promises');
    expect((await readdir(join(path, '..'))).toSorted()).toEqual(['layer.json', 'layer.tar.gz']);
  });

  it('leaves nothing when the part fails', async () => {
    const { readdir } = await import('node:fs/promises');
    const failing = { ...part, entries: () => Promise.reject(new Error('no network')) };
    await expect(cachedLayer(failing, { cache: folder, pid: 1 }, testCtx())).rejects.toThrow('no network');
    expect(await readdir(join(folder, 'layers'))).toEqual([]);
  });
});
