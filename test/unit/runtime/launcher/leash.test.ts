import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LeashWord } from '../../../../runtime/core/lease-directory.ts';
import { holdLeash } from '../../../../runtime/launcher/leash.ts';

describe('holdLeash()', () => {
  it.each([
    {
      name: 'stops a run whose caller goes away',
      words: [LeashWord.launch],
      requested: true,
      stopped: ['caller-gone'],
    },
    { name: 'lets a detached run go on', words: [LeashWord.detach], requested: true, stopped: [] },
    { name: 'stops when the caller goes away without a word', words: [], requested: false, stopped: ['caller-gone'] },
  ])('$name', async ({ words, requested, stopped }) => {
    const connection = new PassThrough();
    const reasons: string[] = [];
    const leash = holdLeash(connection, ({ kind }) => reasons.push(kind));
    for (const word of words) connection.write(`${word}\n`);
    connection.end();
    await once(connection, 'close');
    expect(await leash.requested).toBe(requested);
    expect(reasons).toEqual(stopped);
  });
});
