import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { type CheckResult, failure, ok } from '../doctor/check.ts';
import { createDaemonStore } from '../image/daemon/daemon-store.ts';
import type { KeptImage } from '../image/pack/make-layer.ts';
import { packImage } from '../image/pack-image.ts';

/** Runs a job in a builder, by Spark's own spark-submit: as the image's user, without a network, on a read-only root file system. Container and
 *  image are removed, whatever happens.
 *  @throws {ToolError} what loading throws; rejects with `signal.reason` on abort */
export async function runInBuilder(kept: KeptImage, docker: Docker, scratch: string, ctx: Ctx): Promise<CheckResult> {
  const tag = randomBytes(6).toString('hex');
  const ref = { registry: 'localhost', repository: 'hibana-builder-test' };
  const base = { ...kept, kind: 'image', name: 'builder' } as const;
  const destination = createDaemonStore({ docker, ref });
  await packImage({ base, layers: [], changes: {}, destination, tags: [tag], scratch }, ctx);
  const name = `${ref.registry}/${ref.repository}:${tag}`;
  try {
    return { name: 'job', ...(await runJob(name, docker, ctx)) };
  } finally {
    await docker.getImage(name).remove({ force: true });
  }
}

const DEADLINE_MS = 300_000;
const LAST_LINES = 5;
const PROGRAM = `
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
counted = spark.sparkContext.parallelize(range(1000), 2).filter(lambda n: n % 7 == 0).count()
print("counted", counted + spark.range(10).count())
`;
const EXPECTED = 'counted 153';
const COMMAND = 'printf %s "$PROGRAM" >/tmp/job.py && exec spark-submit --master "local[2]" /tmp/job.py';

async function runJob(image: string, docker: Docker, ctx: Ctx): Promise<Omit<CheckResult, 'name'>> {
  const signal = AbortSignal.any([ctx.signal, AbortSignal.timeout(DEADLINE_MS)]);
  const container = await docker.createContainer({
    Image: image,
    Cmd: ['sh', '-c', COMMAND],
    // Without a network a container's own name stands for no address.
    Env: [`PROGRAM=${PROGRAM}`, 'SPARK_LOCAL_IP=127.0.0.1'],
    HostConfig: { NetworkMode: 'none', ReadonlyRootfs: true, Tmpfs: { '/tmp': '' }, CapDrop: ['ALL'] },
  });
  const kill = () => void container.kill().catch(() => {});
  signal.addEventListener('abort', kill, { once: true });
  try {
    ctx.emit({ type: 'step-progress', step: 'job', doing: 'runs a job in the builder' });
    const [out, err] = [new PassThrough(), new PassThrough()];
    const output = await container.attach({ stream: true, stdout: true, stderr: true });
    docker.modem.demuxStream(output, out, err);
    output.on('end', () => [out, err].forEach((stream) => void stream.end()));
    const [stdout, stderr] = [text(out), text(err)];
    await container.start();
    const { StatusCode: status }: { StatusCode: number } = await container.wait();
    ctx.signal.throwIfAborted();
    if (status === 0 && (await stdout).includes(EXPECTED)) return ok('a job ran to its end, with a read-only root');
    const last = (await stderr).trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    return failure(`a job ended with status ${status}: ${last}`, 'Build it anew with "hibana builder build"');
  } finally {
    signal.removeEventListener('abort', kill);
    await container.remove({ force: true });
  }
}
