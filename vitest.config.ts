import { defineConfig } from 'vitest/config';

const SECONDS = 1_000;
const MINUTES = 60 * SECONDS;

/** The layers, in the order in which they run; files of a heavy layer run one after the other (they time Spark). */
const layers = [
  { name: 'architecture', timeoutMs: 30 * SECONDS, order: 0, heavy: false },
  { name: 'unit', timeoutMs: 20 * SECONDS, order: 0, heavy: false },
  { name: 'golden', timeoutMs: 20 * SECONDS, order: 0, heavy: false },
  { name: 'contract', timeoutMs: 3 * MINUTES, order: 1, heavy: true },
  { name: 'e2e', timeoutMs: 8 * MINUTES, order: 2, heavy: true },
  { name: 'chaos', timeoutMs: 20 * MINUTES, order: 3, heavy: true },
];

/** Files that are run with --long alone, because they take minutes. */
const LONG = 'test/**/*.long.test.ts';
const isLong = process.env.HIBANA_TEST_LONG === '1';

export default defineConfig({
  test: {
    projects: layers.map(({ name, timeoutMs, order, heavy }) => ({
      test: {
        name,
        include: [`test/${name}/**/*.test.ts`, `test/${name}/**/*.test.tsx`],
        exclude: isLong ? [] : [LONG],
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        fileParallelism: !heavy,
        sequence: { groupOrder: order },
        ...(heavy ? { globalSetup: ['test/helpers/heavy-setup.ts'] } : {}),
      },
    })),
  },
});
