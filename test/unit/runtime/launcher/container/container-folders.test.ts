import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseFolders } from '../../../../../runtime/launcher/container/container-folders.ts';
import { toolError } from '../../../cli/config/settings-of.ts';

const uid = process.getuid?.() ?? 0;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'hibana-folders-'));
  await mkdir(join(root, 'me'));
  await writeFile(join(root, 'file'), '');
});

afterEach(() => rm(root, { recursive: true }));

describe('chooseFolders()', () => {
  it('takes the folder that HIBANA_HOME names', async () => {
    const env = { HIBANA_HOME: join(root, 'given'), HOME: join(root, 'me'), TMPDIR: root };
    const { stateFolder, home } = await chooseFolders(env, uid, true);
    expect([stateFolder, home]).toEqual([join(root, 'given/state'), join(root, 'me')]);
    expect((await stat(join(stateFolder, 'runs'))).mode & 0o777).toBe(0o700);
  });

  it("takes the user's home where it can be written", async () => {
    const { stateFolder, isHomeMade } = await chooseFolders({ HOME: join(root, 'me'), TMPDIR: root }, uid, true);
    expect([stateFolder, isHomeMade]).toEqual([join(root, 'me/.local/state/hibana'), false]);
  });

  it.each([[undefined], [''], ['/'], ['/nowhere/at/all']])('makes a home where HOME is %j', async (home) => {
    const folders = await chooseFolders({ HOME: home, TMPDIR: root }, uid, true);
    const stateFolder = join(root, `hibana-${uid}`);
    expect(folders).toEqual({ stateFolder, home: join(stateFolder, 'home'), isHomeMade: true });
    expect(await readdir(stateFolder)).toEqual(['home', 'runs']);
  });

  it('takes the temporary folder where the home has no room for it', async () => {
    await writeFile(join(root, 'me/.local'), '');
    const { stateFolder, home } = await chooseFolders({ HOME: join(root, 'me'), TMPDIR: root }, uid, true);
    expect([stateFolder, home]).toEqual([join(root, `hibana-${uid}`), join(root, 'me')]);
  });

  it('refuses a folder that cannot be written, and takes no other for one that was named', async () => {
    const env = { HIBANA_HOME: join(root, 'file/x'), HOME: join(root, 'me'), TMPDIR: root };
    await expect(chooseFolders(env, uid, true)).rejects.toEqual(toolError('FOLDER_READ_ONLY', /file\/x/));
    await expect(chooseFolders({ HIBANA_HOME: '/proc/nothing/at/all' }, uid, true)).rejects.toEqual(
      toolError('FOLDER_READ_ONLY', /\/proc\/nothing/),
    );
    await expect(chooseFolders({ TMPDIR: join(root, 'file') }, uid, true)).rejects.toEqual(
      expect.objectContaining({ code: 'FOLDER_READ_ONLY', hint: expect.stringMatching(/--tmpfs \/tmp/) }),
    );
  });

  it('refuses a folder that somebody else has made', async () => {
    await mkdir(join(root, 'hibana-54321'));
    await expect(chooseFolders({ TMPDIR: root }, 54_321, true)).rejects.toEqual(
      toolError('FOLDER_READ_ONLY', /another user/),
    );
  });
});
