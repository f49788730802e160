import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fetch, findScripts } from '../../../../../cli/build/s2i/find-scripts.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-scripts-'));
});
afterEach(() => rm(folder, { recursive: true }));

const noFetch: Fetch = async (url) => {
  throw new Error(`asked for ${url}`);
};

async function withScripts(place: string, ...names: readonly string[]): Promise<string> {
  const path = join(folder, place);
  await mkdir(path, { recursive: true });
  for (const name of names) await writeFile(join(path, name), `${place} ${name}`);
  return path;
}

const upload = (place: string, name: string) => ({ kind: 'upload', name, bytes: Buffer.from(`${place} ${name}`) });

describe('findScripts()', () => {
  it('takes each script from the first place that has it: what was chosen, the source, the builder', async () => {
    const chosen = await withScripts('chosen', 'assemble');
    await withScripts('.s2i/bin', 'assemble', 'run');
    const places = { chosen, source: folder, builder: 'image:///usr/libexec/s2i/' };
    expect(await findScripts(places, noFetch, testCtx())).toEqual({
      assemble: upload('chosen', 'assemble'),
      run: upload('.s2i/bin', 'run'),
      'save-artifacts': { kind: 'image', path: '/usr/libexec/s2i/save-artifacts' },
      usage: { kind: 'image', path: '/usr/libexec/s2i/usage' },
    });
  });

  it('fetches from a server', async () => {
    const there = new Map([
      ['http://h/s/assemble', 'A'],
      ['http://h/s/run', 'R'],
    ]);
    const fetch: Fetch = async (url) => (there.has(url) ? Buffer.from(there.get(url) ?? '') : undefined);
    const found = await findScripts({ chosen: null, source: folder, builder: 'http://h/s' }, fetch, testCtx());
    expect(found).toEqual({
      assemble: { kind: 'upload', name: 'assemble', bytes: Buffer.from('A') },
      run: { kind: 'upload', name: 'run', bytes: Buffer.from('R') },
    });
  });

  it.each([
    ['a chosen place without scripts', { chosen: '/nowhere', builder: 'image:///s' }],
    ['no place at all', { chosen: null, builder: null }],
  ])('refuses %s', async (_what, places) => {
    const finding = findScripts({ source: folder, ...places }, noFetch, testCtx());
    await expect(finding).rejects.toMatchObject({ code: 'SCRIPTS_NOT_FOUND' });
  });

  it('refuses a builder of which nobody knows how to run it', async () => {
    const chosen = await withScripts('chosen', 'assemble');
    const finding = findScripts({ chosen, source: folder, builder: null }, noFetch, testCtx());
    await expect(finding).rejects.toThrow('"run"');
  });
});
