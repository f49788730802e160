import { appendFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withCacheEntry } from '../../../../cli/packages/cache-entry.ts';
import { testCtx } from '../../../helpers/ctx.ts';

/** A process that makes one entry: `make-entry.ts CACHE LOG MILLISECONDS`. Writes `first`, waits, writes `second`. */
const [cache = '', log = '', milliseconds = '0'] = process.argv.slice(2);
const entry = { cache, key: 'thing/1', what: 'a thing', step: 'toolchain', pid: process.pid } as const;
await withCacheEntry(
  entry,
  async (dir) => {
    appendFileSync(log, 'made\n');
    await writeFile(join(dir, 'first'), 'first');
    await pause(Number(milliseconds));
    await writeFile(join(dir, 'second'), 'second');
  },
  testCtx(),
);
