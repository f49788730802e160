import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadFixture } from '../helpers/fixture.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { playRound } from './round.ts';

const isLong = process.env.HIBANA_TEST_LONG === '1';
const rounds = Number(process.env.HIBANA_CHAOS_ROUNDS ?? (isLong ? 200 : 8));
const seed = Number(process.env.HIBANA_CHAOS_SEED ?? Date.now() % 1_000_000);
/** Rounds at a time: they have nothing in common but the machine, which gets slower. */
const parallel = Number(process.env.HIBANA_CHAOS_PARALLEL ?? (isLong ? 3 : 2));
const spanMs = Number(process.env.HIBANA_CHAOS_SPAN_MS ?? 25_000);
const perRoundMs = 360_000;

/** Mulberry32: small, and the same for the same seed everywhere. */
function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`hibana run, shot at (seed ${seed})`, () => {
  it(`leaves nothing behind and ends with the right status in ${rounds} rounds`, {
    timeout: rounds * perRoundMs,
  }, async () => {
    await using server = await startGitServer();
    const program = readFileSync(join(loadFixture('long-job').dir, 'app.py'), 'utf8');
    const { url } = await server.createRepository('long-job', { files: { 'app.py': program } });
    const random = randomFrom(seed);
    const bad: string[] = [];
    let begun = 0;
    const playOn = async (): Promise<void> => {
      while (begun < rounds) {
        begun += 1;
        const round = begun;
        const { stderr, ...short } = await playRound({ source: url, spanMs, random });
        const line = `${round} ${JSON.stringify(short)}`;
        if (process.env.HIBANA_CHAOS_LOG) appendFileSync(process.env.HIBANA_CHAOS_LOG, `${line}\n${stderr}`);
        if (short.faults.length > 0) bad.push(`${line}\n${stderr}`);
      }
    };
    await Promise.all(Array.from({ length: parallel }, playOn));
    expect(bad.join('\n')).toBe('');
  });
});
