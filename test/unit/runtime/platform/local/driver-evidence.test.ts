import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { LeaseFile } from '../../../../../runtime/core/lease-directory.ts';
import { awaitRefusal } from '../../../../../runtime/platform/local/driver-evidence.ts';

const REFUSED = 'REFUSED';
const TAKEN = 'INFO StandaloneSchedulerBackend: Connected to Spark cluster with app ID app-20260101000000-0001\n';
const explain = (log: string): ToolError | undefined =>
  log.includes(REFUSED) ? new ToolError('CLUSTER_AUTH', 'no') : undefined;
const { signal } = new AbortController();

let leaseDirectory = '';
let log = '';

beforeEach(async () => {
  leaseDirectory = await mkdtemp(join(tmpdir(), 'hibana-evidence-'));
  log = join(leaseDirectory, LeaseFile.logs, 'driver.spark.log');
  await mkdir(join(leaseDirectory, LeaseFile.logs));
});

afterEach(async () => rm(leaseDirectory, { recursive: true }));

describe('awaitRefusal()', () => {
  it('gives why the master refuses the driver', async () => {
    const waiting = awaitRefusal(leaseDirectory, explain, signal);
    await writeFile(log, `${REFUSED}\n`);
    expect((await waiting)?.code).toBe('CLUSTER_AUTH');
  });

  it('is over when the master has taken the driver, by its log', async () => {
    const waiting = awaitRefusal(leaseDirectory, explain, signal);
    await appendFile(log, TAKEN);
    expect(await waiting).toBeUndefined();
  });

  it('is over when there are events, whatever the log says', async () => {
    const events = join(leaseDirectory, LeaseFile.eventLog);
    await mkdir(events);
    await writeFile(join(events, 'app-20260101000000-0001'), '');
    await writeFile(log, REFUSED);
    expect(await awaitRefusal(leaseDirectory, explain, signal)).toBeUndefined();
  });

  it('is over when nobody wants to know any more', async () => {
    const controller = new AbortController();
    const waiting = awaitRefusal(leaseDirectory, explain, controller.signal);
    controller.abort();
    expect(await waiting).toBeUndefined();
  });

  it('does not take what the job writes for it', async () => {
    const controller = new AbortController();
    const seen: string[] = [];
    await writeFile(join(leaseDirectory, LeaseFile.logs, 'driver.stderr.log'), REFUSED);
    await writeFile(log, 'INFO SparkContext: Running Spark\n');
    const keep = (text: string): undefined => {
      seen.push(text);
      controller.abort();
    };
    expect(await awaitRefusal(leaseDirectory, keep, controller.signal)).toBeUndefined();
    expect(seen).toEqual(['INFO SparkContext: Running Spark\n']);
  });
});
