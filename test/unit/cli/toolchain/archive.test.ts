import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { prepareArchive } from '../../../../cli/toolchain/archive.ts';
import { sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { createWorkspace, type Workspace } from './fake-packages.ts';

const WRITES =
  'for it do case $it in -XX:ArchiveClassesAtExit=*) echo classes >"$(echo "$it" | cut -d= -f2)" ;; esac; done';

/** A Java that does `body` and notes each start of it. */
async function setUp(space: Workspace, body: string, release = 21) {
  await space.script('java/bin/java', `echo start >>"${join(space.root, 'starts')}"\n${body}`);
  const input = {
    series: sparkSeriesOf('4.2'),
    spark: { home: '/spark', classPath: '/spark/conf:/spark/jars/*', pythonPath: '/spark/python' },
    java: { home: join(space.root, 'java'), version: `${release}.0.1`, release, hasVectorModule: true },
    python: {
      ...{ path: '/usr/bin/python3', version: '3.11.7', major: 3, minor: 11 },
      ...{ implementation: 'cpython', platform: 'linux-x86_64', libc: 'glibc' },
    },
  };
  const deps = space.deps({});
  const ctx = testCtx();
  const prepare = (signal = ctx.signal) => prepareArchive(input, deps, { ...ctx, signal });
  const starts = async () =>
    (await readFile(join(space.root, 'starts'), 'utf8').catch(() => '')).split('\n').length - 1;
  const notices = () => ctx.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
  return { prepare, starts, notices, deps };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('prepareArchive()', () => {
  it('has one made once, with nothing beside it', async () => {
    await using space = await createWorkspace();
    const { prepare, starts } = await setUp(space, WRITES);
    const path = await prepare();
    expect(path).toMatch(/\/archives\/[0-9a-f]+\/spark\.jsa$/);
    expect(await prepare()).toBe(path);
    expect(await starts()).toBe(1);
    expect(await readdir(join(path ?? '', '..'))).toEqual(['spark.jsa']);
  });

  it.each([
    ['fails', `${WRITES}; exit 1`],
    ['has nothing to add to', 'exit 0'],
  ])('goes on without where Java %s, and does not try again', async (_what, body) => {
    await using space = await createWorkspace();
    const { prepare, starts } = await setUp(space, body);
    expect([await prepare(), await prepare()]).toEqual([null, null]);
    expect(await starts()).toBe(1);
  });

  it('goes on without where the JVM is killed, says so, and makes it the next time', async () => {
    await using space = await createWorkspace();
    const isFirst = `[ "$(wc -l <"${join(space.root, 'starts')}")" -eq 1 ]`;
    const { prepare, starts, notices } = await setUp(space, `${WRITES}; if ${isFirst}; then kill -9 $$; fi`);
    expect(await prepare()).toBe(null);
    expect(notices()).toEqual([expect.stringMatching(/^Spark starts slower this time, .* was killed$/)]);
    expect(await prepare()).toMatch(/\/spark\.jsa$/);
    expect(await starts()).toBe(2);
    expect(notices()).toHaveLength(1);
  });

  it('goes on without where it takes too long, says so, and makes it the next time', async () => {
    await using space = await createWorkspace();
    const { prepare, starts, notices } = await setUp(space, 'exec sleep 60');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const late = prepare();
    while ((await starts()) === 0) await nextTurn();
    await vi.advanceTimersByTimeAsync(200_000);
    expect(await late).toBe(null);
    vi.useRealTimers();
    expect(notices()).toEqual([expect.stringMatching(/^Spark starts slower this time, .* Not done within/)]);
    await setUp(space, WRITES);
    expect(await prepare()).toMatch(/\/spark\.jsa$/);
  });

  it('goes on without on a Java that knows no such archives', async () => {
    await using space = await createWorkspace();
    const { prepare, starts } = await setUp(space, WRITES, 11);
    expect(await prepare()).toBe(null);
    expect(await starts()).toBe(0);
  });

  it('leaves nothing when it is stopped, and makes it the next time', async () => {
    await using space = await createWorkspace();
    const { prepare, deps } = await setUp(space, 'exec sleep 60');
    const stop = new AbortController();
    const stopped = prepare(stop.signal);
    setTimeout(() => stop.abort(new Error('stop')), 300);
    await expect(stopped).rejects.toThrow('stop');
    expect(await readdir(join(deps.cache, 'archives'))).toEqual([]);
  });
});
