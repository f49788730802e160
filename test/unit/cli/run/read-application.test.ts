import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Environment, Flags } from '../../../../cli/config/settings.ts';
import { type ReadInput, readApplication } from '../../../../cli/run/read-application.ts';
import { errorCode } from '../../../../runtime/core/errors.ts';
import { GIBIBYTE } from '../../../../runtime/core/quantity.ts';
import { testCtx } from '../../../helpers/ctx.ts';

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hibana-application-'));
  await writeFile(join(dir, 'app.py'), 'from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\n');
});

afterAll(async () => rm(dir, { recursive: true }));

/** What it comes to on a machine of 16g whose one shared cluster is "team". */
async function comesTo(flags: Flags, env: Environment): Promise<string> {
  const input: ReadInput = {
    source: { kind: 'directory', path: dir, contextDir: null },
    notice: null,
    open: {
      ...{ scratch: dir, templatesDir: dir, submodules: false, lfs: false, credentials: {}, caFile: null },
      ...{ env: {}, extraEnv: {} },
    },
    flags,
    env,
    files: { isReadable: () => false, readText: () => undefined },
    userFile: join(dir, 'none.yaml'),
    machineBytes: 16 * GIBIBYTE,
    isShared: async (name) => name === 'team',
  };
  try {
    await using application = await readApplication(input, testCtx());
    return application.plan.app.name === '' ? 'nameless' : 'taken';
  } catch (error) {
    return String(errorCode(error));
  }
}

describe('readApplication()', () => {
  const large = { conf: ['spark.executor.memory=4g'] };
  const huge = { workerMemory: '90g' };
  const shared = { HIBANA_CLUSTER: 'team' };
  const own = { HIBANA_CLUSTER: 'mine' };

  it.each<[string, Flags, Environment, string]>([
    ['executors that its own workers have no room for', large, {}, 'QUANTITY_INVALID'],
    ['those on its own cluster that goes by a name', large, own, 'QUANTITY_INVALID'],
    ['those on a shared cluster, whose workers have their own size', large, shared, 'taken'],
    ['a worker that this machine cannot hold', huge, {}, 'WORKER_TOO_LARGE'],
    ['such a worker of its own cluster that goes by a name', huge, own, 'WORKER_TOO_LARGE'],
    ['a share that is larger than the machine', huge, shared, 'taken'],
  ])('judges %s', async (_what, flags, env, expected) => {
    expect(await comesTo(flags, env)).toBe(expected);
  });
});
