import { execFile } from 'node:child_process';
import { mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { untilWritten } from '../../../../../runtime/platform/kubernetes/lease-words.ts';

const run = promisify(execFile);

describe('untilWritten()', () => {
  let lease: string;
  let status: string;
  const over = new AbortController();
  beforeEach(async () => {
    lease = await mkdtemp(join(tmpdir(), 'hibana-lease-words-'));
    status = join(lease, 'status');
  });
  afterEach(() => rm(lease, { recursive: true }));
  const write = async (): Promise<void> => {
    await writeFile(`${status}.new`, '7\n');
    await rename(`${status}.new`, status);
  };

  it('gives what was there before', async () => {
    await write();
    expect(await untilWritten(lease, over.signal)).toBe(7);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a pipe', () => run('mkfifo', [status])],
    ['a link', () => symlink(join(lease, 'elsewhere'), status)],
    ['a file that is larger than the memory', () => writeFile(status, '').then(() => truncate(status, 2 ** 40))],
    ['a half word', () => writeFile(status, '12')],
  ])('takes %s for no word, and sees the one that comes', async (_what, put) => {
    await writeFile(join(lease, 'elsewhere'), '3\n');
    await put();
    const waiting = untilWritten(lease, over.signal);
    // So that it has looked.
    await writeFile(join(lease, 'other'), '');
    await write();
    expect(await waiting).toBe(7);
  });
});
