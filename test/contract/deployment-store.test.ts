import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createFileStore, deploymentFolder } from '../../cli/deploy/file-store.ts';
import { revisionFor } from '../helpers/deployment-records.ts';
import { MemoryDeployments } from '../helpers/memory-deployments.ts';
import { deploymentStoreContract } from './deployment-store.ts';

deploymentStoreContract('memory', async () => {
  const store = new MemoryDeployments();
  return { store, again: () => store, [Symbol.asyncDispose]: async () => {} };
});

async function makeFolder(): Promise<{ readonly folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-records-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

deploymentStoreContract('files', async () => {
  const { folder, [Symbol.asyncDispose]: dispose } = await makeFolder();
  const again = () => createFileStore(folder);
  return { store: again(), again, [Symbol.asyncDispose]: dispose };
});

describe('createFileStore()', () => {
  it('has the old or the new record after a SIGKILL in the middle of writing', async () => {
    await using place = await makeFolder();
    const store = createFileStore(place.folder);
    await store.put(revisionFor(), 'new');
    const writer = join(import.meta.dirname, '..', 'helpers', 'write-records.ts');
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = spawn(process.execPath, [writer, place.folder], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      // Somewhere in the writing of records that are larger than a page: another place in each round.
      await pause(round * STEP_MS);
      child.kill('SIGKILL');
      await once(child, 'exit');
      for await (const revision of store.revisions('etl')) expect(revision.application).toBe('etl');
    }
    expect((await Array.fromAsync(store.revisions('etl'))).length).toBeGreaterThan(1);
  });

  it('refuses the record of a newer hibana, and one that is damaged, by name', async () => {
    await using place = await makeFolder();
    const store = createFileStore(place.folder);
    const folder = join(deploymentFolder(place.folder, 'etl'), 'revisions');
    await mkdir(folder, { recursive: true });
    const newer = JSON.stringify({ ...revisionFor(), schema: 'hibana.revision/v2' });
    await writeFile(join(folder, '000002.json'), newer);
    await expect(Array.fromAsync(store.revisions('etl'))).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      message: expect.stringMatching(/000002\.json.*revision\/v2.*revision\/v1/),
      hint: expect.stringContaining('newer'),
    });
    await writeFile(join(folder, '000002.json'), newer.slice(0, 100));
    await expect(Array.fromAsync(store.revisions('etl'))).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
  });

  it('forgets all of an application or nothing, and with the next one what a killed hibana has left of it', async () => {
    await using place = await makeFolder();
    const store = createFileStore(place.folder);
    for (const application of ['etl', 'pi']) await store.put(revisionFor({ application }), 'new');
    // As it is between the two steps of it.
    await rename(deploymentFolder(place.folder, 'etl'), deploymentFolder(place.folder, '.deleted-etl'));
    expect(await store.names()).toEqual(['pi']);
    await store.delete('pi');
    expect(await readdir(deploymentFolder(place.folder, ''))).toEqual([]);
  });

  it('lets nobody else read what it keeps', async () => {
    await using place = await makeFolder();
    const store = createFileStore(place.folder);
    await store.put(revisionFor(), 'new');
    const folder = join(deploymentFolder(place.folder, 'etl'), 'revisions');
    expect((await stat(folder)).mode & 0o077).toBe(0);
    const [file = ''] = await readdir(folder);
    expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
    expect(await readFile(join(folder, file), 'utf8')).toMatch(/^\{"schema":"hibana\.revision\/v1"/);
  });
});

const ROUNDS = 8;
const STEP_MS = 13;
