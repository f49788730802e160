import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer, startNameService } from '../../../../../runtime/launcher/container/name-service.ts';
import { parsePasswd } from '../../../../../runtime/launcher/container/passwd.ts';

const entries = parsePasswd(
  'root:x:0:0:root:/root:/bin/bash\nnobody:*:65534:65534::/:\nnot an entry\n:x:1:1:::\nuser7:x:7:0:ü:/tmp/h:/bin/sh',
);

function request(type: number, key: string, version = 2): Buffer {
  const header = Buffer.alloc(12);
  header.writeInt32LE(version, 0);
  header.writeInt32LE(type, 4);
  header.writeInt32LE(Buffer.byteLength(key) + 1, 8);
  return Buffer.concat([header, Buffer.from(`${key}\0`)]);
}

function words(reply: Buffer | undefined): readonly number[] {
  return Array.from({ length: 9 }, (_, index) => reply?.readInt32LE(index * 4) ?? Number.NaN);
}

describe('answer()', () => {
  it.each([
    ['by id', 1, '7'],
    ['by name', 0, 'user7'],
  ])('gives a user %s', (_what, type, key) => {
    const reply = answer(request(type, key), entries);
    expect(words(reply)).toEqual([2, 1, 6, 2, 7, 0, 3, 7, 8]);
    expect(reply?.toString('utf8', 36)).toBe('user7\0x\0ü\0/tmp/h\0/bin/sh\0');
  });

  it('knows the users of /etc/passwd, and says of others that there are none', () => {
    expect(words(answer(request(0, 'root'), entries)).slice(0, 2)).toEqual([2, 1]);
    expect(words(answer(request(1, '65534'), entries)).slice(0, 2)).toEqual([2, 1]);
    expect(words(answer(request(1, '8'), entries)).slice(0, 2)).toEqual([2, 0]);
  });

  it.each([
    ['a group', request(3, '0')],
    ['a mapped database', request(11, 'passwd')],
    ['another version', request(1, '7', 3)],
    ['half a header', Buffer.alloc(5)],
  ])('says nothing to a request for %s', (_what, bytes) => {
    expect(answer(bytes, entries)).toBeUndefined();
  });
});

describe('startNameService()', () => {
  it('answers through the link of an image, also after a launcher that was killed, and leaves nothing', async () => {
    const root = await mkdtemp(join(tmpdir(), 'hibana-names-'));
    const place = { folder: join(root, 'nscd'), target: join(root, 'target') };
    await symlink('target', place.folder);
    const first = await startNameService(entries, place);
    {
      await using _second = await startNameService(entries, place);
      expect(words(await ask(join(place.folder, 'socket'), request(1, '7'))).slice(0, 2)).toEqual([2, 1]);
      expect(await ask(join(place.folder, 'socket'), request(11, 'passwd'))).toEqual(Buffer.alloc(0));
    }
    await first[Symbol.asyncDispose]();
    expect(await readdir(root)).toEqual(['nscd']);
    await rm(root, { recursive: true });
  });

  it('rejects where there is no such folder', async () => {
    await expect(startNameService(entries, { folder: '/nowhere/nscd', target: '/nowhere/target' })).rejects.toThrow();
  });
});

async function ask(path: string, bytes: Buffer): Promise<Buffer> {
  const connection = connect(path);
  connection.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of connection) chunks.push(chunk);
  return Buffer.concat(chunks);
}
