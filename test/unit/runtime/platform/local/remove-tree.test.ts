import { chmod, mkdir, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeTree } from '../../../../../runtime/platform/local/remove-tree.ts';

describe('removeTree()', () => {
  it('removes a tree in which a job took away its own right to write', async () => {
    const root = await mkdtemp(join(tmpdir(), 'hibana-remove-'));
    const closed = join(root, 'open', 'closed');
    await mkdir(closed, { recursive: true });
    await writeFile(join(closed, 'file'), '');
    await chmod(closed, 0o500);
    await removeTree(root);
    await expect(stat(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('resolves when there is nothing', async () => {
    await removeTree(join(tmpdir(), 'hibana-remove-nothing'));
  });
});
