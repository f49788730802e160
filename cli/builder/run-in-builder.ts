import { randomBytes } from 'node:crypto';
import { awakeTimeout } from '../../runtime/core/awake-timeout.ts';
import { type Ctx, withSignal } from '../../runtime/core/context.ts';
import type { BuildContainers } from '../build/s2i/build-container.ts';
import { containerLabels } from '../build/s2i/container-owner.ts';
import { runScript } from '../build/s2i/run-script.ts';
import { type CheckResult, failure, ok } from '../doctor/check.ts';
import type { KeptImage } from '../image/pack/make-layer.ts';

/** Runs a job in a builder, by Spark's own spark-submit: as the image's user, without a network, on a read-only root file system. The container is deleted
 *  whatever happens, whatever ends us too; the image stays in the daemon only if it was there. After 5 minutes the job counts as failed.
 *  @throws {ToolError} what the containers throw; rejects with `signal.reason` on abort */
export async function runInBuilder(kept: KeptImage, containers: BuildContainers, outer: Ctx): Promise<CheckResult> {
  await using image = await containers.loadOnce(kept, outer);
  using deadline = awakeTimeout(DEADLINE_MS);
  const ctx = withSignal(outer, AbortSignal.any([outer.signal, deadline.signal]));
  ctx.emit({ type: 'step-progress', step: 'job', doing: 'runs a job in the builder' });
  try {
    return { name: 'job', ...judge(await runJob(image.name, containers, ctx)) };
  } catch (error) {
    outer.signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    return { name: 'job', ...failure(`a job did not end within ${DEADLINE_MS / 1_000} s`, REMEDY) };
  }
}

const DEADLINE_MS = 300_000;
const MOST_LINES = 10_000;
const LAST_LINES = 5;
const REMEDY = 'Build it anew with "hibana builder build"';
const PROGRAM = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
counted = spark.sparkContext.parallelize(range(1000), 2).filter(lambda n: n % 7 == 0).count()
print("counted", counted + spark.range(10).count())
`;
const EXPECTED = 'counted 153';
const COMMAND = 'printf %s "$PROGRAM" >/tmp/job.py && exec spark-submit --master "local[2]" /tmp/job.py';

interface EndedJob {
  readonly status: number;
  readonly lines: readonly string[];
}

function judge({ status, lines }: EndedJob): Omit<CheckResult, 'name'> {
  if (status === 0 && lines.includes(EXPECTED)) return ok('a job ran to its end, with a read-only root');
  return failure(`a job ended with status ${status}: ${lines.slice(-LAST_LINES).join('\n')}`, REMEDY);
}

async function runJob(image: string, containers: BuildContainers, ctx: Ctx): Promise<EndedJob> {
  const lines: string[] = [];
  const script = { kind: 'image', path: '/bin/sh' } as const;
  const container = {
    ...{ image, name: `hibana-job-${randomBytes(4).toString('hex')}`, labels: await containerLabels() },
    // Without a network a container's own name stands for no address.
    ...{ env: ['SPARK_LOCAL_IP=127.0.0.1'], network: 'none', isConfined: true },
    ...{ user: null, uploads: [], memoryBytes: null, millicores: null },
  };
  const input = { variables: { PROGRAM }, assemble: script, alsoUpload: [], source: [], secrets: {} };
  const job = {
    name: 'job',
    script,
    args: ['-c', COMMAND],
    container,
    destination: '/tmp',
    input,
    output: null,
  } as const;
  const onLine = (line: string): void => {
    lines.push(line);
    if (lines.length > MOST_LINES) lines.shift();
  };
  await using ended = await runScript({ ...job, withinMs: DEADLINE_MS }, containers, onLine, ctx);
  return { status: ended.status, lines };
}
