import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFixture } from '../helpers/fixture.ts';
import { type GitServer, startGitServer } from '../helpers/git-server.ts';
import { describeWith } from '../helpers/requires.ts';
import { hasCompiler } from './disturbance.ts';
import { type GoodRound, playGoodRound } from './good-round.ts';
import { pauseEverything, pauseTargets, type Run, untilExecutorSays, untilThere } from './pauses.ts';
import type { Target } from './targets.ts';

const isLong = process.env.HIBANA_TEST_LONG === '1';
const LONG_MS = 600_000;
/** What a job does after whatever happened to it. */
const WORK_SECONDS = 8;
const KEEPERS: readonly Target[] = ['cli', 'launcher', 'guard'];

let server: GitServer;
let source: string;
beforeAll(async () => {
  server = await startGitServer();
  const program = readFileSync(join(loadFixture('long-job').dir, 'app.py'), 'utf8');
  ({ url: source } = await server.createRepository('long-job', { files: { 'app.py': program } }));
});
afterAll(() => server[Symbol.asyncDispose]());

const play = (round: Omit<GoodRound, 'source'>): Promise<readonly string[]> => playGoodRound({ source, ...round });

describe('hibana run does not end a good job', () => {
  it('whose launcher and CLI are stopped for a few seconds', async () => {
    const happens: GoodRound['happens'] = async (run) => {
      await run.ready;
      await pauseTargets(['launcher', 'cli'], 4_000, run);
    };
    expect(await play({ staySeconds: WORK_SECONDS, happens })).toEqual([]);
  });

  it('on a machine that sleeps for a few seconds while it starts', async () => {
    const happens: GoodRound['happens'] = async (run) => {
      await untilThere('master', run);
      await pauseEverything(6_000, run);
    };
    expect(await play({ staySeconds: 1, happens })).toEqual([]);
  });
});

const longly = isLong ? describe : () => {};

longly('hibana run does not end a good job, in the long run', () => {
  const moments = ['start', 'job'] as const;
  const groups = [...KEEPERS.map((target) => [target]), KEEPERS];
  const rows = groups.flatMap((targets) => moments.map((moment) => ({ targets, moment })));

  it.each(rows)('whose $targets are stopped for 30 s during its $moment', { timeout: LONG_MS }, async (row) => {
    const { targets, moment } = row;
    const happens: GoodRound['happens'] = async (run) => {
      await (moment === 'job' ? run.ready : untilThere(targets.at(-1) ?? 'cli', run));
      await pauseTargets(targets, 30_000, run);
    };
    expect(await play({ staySeconds: 30 + WORK_SECONDS, happens })).toEqual([]);
  });

  it.each([
    { seconds: 35, until: 'guard' },
    { seconds: 35, until: 'driver' },
    { seconds: 35, until: 'executor' },
    { seconds: 35, until: 'job' },
    { seconds: 200, until: 'job' },
  ] as const)('on a machine that sleeps for $seconds s, from its $until on', { timeout: LONG_MS }, async (row) => {
    const happens: GoodRound['happens'] = async (run) => {
      await (row.until === 'job' ? run.ready : untilThere(row.until, run));
      await pauseEverything(row.seconds * 1_000, run);
    };
    expect(await play({ staySeconds: row.seconds + WORK_SECONDS, happens })).toEqual([]);
  });

  it('whose driver is stopped for 40 s while its executors connect', { timeout: LONG_MS }, async () => {
    const happens: GoodRound['happens'] = async (run) => {
      await untilThere('executor', run);
      await pauseTargets(['driver'], 40_000, run);
    };
    expect(await play({ staySeconds: WORK_SECONDS, happens })).toEqual([]);
  });

  it('whose driver is stopped for 40 s while its executors come back to register', { timeout: LONG_MS }, async () => {
    const happens: GoodRound['happens'] = async (run) => {
      // They have asked it for their settings, and connect anew.
      await untilExecutorSays('Successfully created connection', run);
      await pauseTargets(['driver'], 40_000, run);
    };
    expect(await play({ staySeconds: WORK_SECONDS, happens })).toEqual([]);
  });

  const elsewhere = (['shared', 'local'] as const).flatMap((on) => [
    {
      on,
      what: 'whose launcher, CLI and guards are stopped for 30 s',
      pauses: (run: Run) => pauseTargets(KEEPERS, 30_000, run),
    },
    { on, what: 'on a machine that sleeps for 35 s', pauses: (run: Run) => pauseEverything(35_000, run) },
  ]);
  it.each(elsewhere)('$what, where the cluster is $on', { timeout: LONG_MS }, async ({ on, pauses }) => {
    const happens: GoodRound['happens'] = async (run) => {
      await run.ready;
      await pauses(run);
    };
    expect(await play({ on, staySeconds: 35 + WORK_SECONDS, happens })).toEqual([]);
  });

  it(`on a machine that has 8 × ${availableParallelism()} other programs to run`, { timeout: LONG_MS }, async () => {
    const busy = Array.from({ length: 8 * availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      expect(await play({ staySeconds: WORK_SECONDS, happens: async () => {} })).toEqual([]);
    } finally {
      for (const child of busy) child.kill('SIGKILL');
    }
  });
});

const disturbedly = isLong ? describeWith('compiler', await hasCompiler()) : () => {};
const HOUR_S = 3_600;

disturbedly('hibana run does not end a good job, in the long run,', () => {
  it('when the clock is set an hour forth and back, from the launcher on', { timeout: LONG_MS }, async () => {
    const happens: GoodRound['happens'] = async (run) => {
      await untilThere('launcher', run);
      const state = { isReady: false };
      void run.ready.then(() => Object.assign(state, { isReady: true })).catch(() => {});
      for (let turns = 0, inJob = 0; inJob < 20 && turns < 60; turns += 1) {
        run.disturb({ shiftS: [HOUR_S, -HOUR_S, 0][turns % 3] ?? 0 });
        await pause(7_000);
        if (state.isReady) inJob += 1;
      }
      run.disturb({});
    };
    expect(await play({ staySeconds: 150, isDisturbed: true, happens })).toEqual([]);
  });

  it('on a disk that takes long for everything', { timeout: LONG_MS }, async () => {
    const happens: GoodRound['happens'] = async (run) => {
      run.disturb({ pathMs: 50, writeMs: 5, syncMs: 500 });
      await run.ready;
    };
    expect(await play({ staySeconds: WORK_SECONDS, isDisturbed: true, happens })).toEqual([]);
  });
});
