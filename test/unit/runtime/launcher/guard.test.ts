import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { guard, RELEASED } from '../../../../runtime/launcher/guard.ts';

describe('guard()', () => {
  it.each([
    { name: 'sweeps when the connection ends', lines: [], swept: 1 },
    { name: 'sweeps when it ends after something else was said', lines: ['hello'], swept: 1 },
    { name: 'does not sweep when it is released', lines: [RELEASED], swept: 0 },
  ])('$name', async ({ lines, swept }) => {
    const connection = new PassThrough();
    let sweeps = 0;
    const guarding = guard(connection, async () => {
      sweeps += 1;
    });
    for (const line of lines) connection.write(`${line}\n`);
    connection.end();
    await guarding;
    expect(sweeps).toBe(swept);
  });
});
