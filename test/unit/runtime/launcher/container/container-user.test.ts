import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameUser } from '../../../../../runtime/launcher/container/container-user.ts';
import { toolError } from '../../../cli/config/settings-of.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-user-'));
});

afterEach(() => rm(root, { recursive: true }));

const user = (isKnown = false) => ({ uid: 54_321, gid: 0, home: '/tmp/h', isKnown: () => isKnown, root });

async function makePasswd(text: string): Promise<string> {
  await mkdir(join(root, 'etc'));
  await writeFile(join(root, 'etc/passwd'), text);
  return join(root, 'etc/passwd');
}

describe('nameUser()', () => {
  it.each(['root:x:0:0::/root:/bin/sh\n', 'root:x:0:0::/root:/bin/sh'])('adds a line to %j', async (text) => {
    const file = await makePasswd(text);
    await using _name = await nameUser(user());
    const line = 'user54321:x:54321:0::/tmp/h:/sbin/nologin\n';
    expect(await readFile(file, 'utf8')).toBe(`root:x:0:0::/root:/bin/sh\n${line}`);
  });

  it('leaves alone who has a name', async () => {
    const file = await makePasswd('');
    await using _name = await nameUser(user(true));
    expect(await readFile(file, 'utf8')).toBe('');
  });

  it('answers for it where there is no such file to write, and says what is missing where that cannot be either', async () => {
    await expect(nameUser(user())).rejects.toEqual(toolError('USER_UNKNOWN', /54321.*there is no .*nscd/));
    await mkdir(join(root, 'run'));
    await mkdir(join(root, 'tmp'));
    await symlink('../tmp/.hibana-names', join(root, 'run/nscd'));
    await using name = await nameUser(user());
    expect(name).toBeDefined();
  });
});
