import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jarsWanted } from '../../cli/jars/jars-wanted.ts';
import { resolveJars } from '../../cli/jars/resolve-jars.ts';
import { createPackageSource, type ToolchainDeps } from '../../cli/toolchain/deps.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { testCtx } from './ctx.ts';
import { realLayout } from './layout.ts';

const BROKER = 'org.apache.kafka:kafka_2.13:4.1.0';
const CLUSTER_ID = 'aGliYW5hLXRlc3QtMDAwMA';
const UP_WITHIN_MS = 120_000;
const POLL_MS = 300;

export interface Kafka extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly address: string;
}

/** A Kafka broker on 127.0.0.1 that is its own controller, from its Maven package; topics come by themselves. */
export async function startKafka(): Promise<Kafka> {
  const { java, spark } = await realLayout();
  const folder = await mkdtemp(join(tmpdir(), 'hibana-kafka-'));
  const [port = 0, controller = 0] = await chooseFreePorts(2);
  const properties = join(folder, 'server.properties');
  await writeFile(properties, settings(port, controller, join(folder, 'data')));
  // What Spark has is left out of a resolved set: Scala's library and a few more come from there.
  const classPath = [...(await brokerJars(java, spark)), join(spark, 'jars', '*')].join(':');
  const program = join(java, 'bin', 'java');
  const run = (main: string, ...args: readonly string[]) => ['-Xmx512m', '-cp', classPath, main, ...args];
  const format = run('kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties);
  execFileSync(program, format, { stdio: 'ignore' });
  const broker = spawn(program, run('kafka.Kafka', properties), { stdio: 'ignore' });
  const ended = once(broker, 'close');
  await untilListening(port);
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      broker.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function brokerJars(java: string, spark: string): Promise<readonly string[]> {
  const { env, platform, arch, pid } = process;
  const { cache } = foldersFrom(env, homedir());
  const index = { indexUrl: null, caFile: null };
  const deps: ToolchainDeps = { cache, env, home: homedir(), platform, arch, pid, extraEnv: {}, index };
  const wanted = jarsWanted({ packages: [BROKER], excludePackages: [], repositories: [], properties: {} });
  if (wanted === null) throw new Error('nothing is wanted');
  await using source = createPackageSource(deps);
  const place = { series: sparkSeriesOf('4.2'), spark, java, appDir: tmpdir(), trustStore: null };
  return (await resolveJars({ wanted, ...place }, source, deps, testCtx())).jars;
}

function settings(port: number, controller: number, data: string): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names=CONTROLLER',
    'offsets.topic.replication.factor=1',
    'num.partitions=2',
    `log.dirs=${data}`,
    '',
  ].join('\n');
}

async function untilListening(port: number): Promise<void> {
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isUp = await Promise.race([
      once(socket, 'connect').then(
        () => true,
        () => false,
      ),
      once(socket, 'error').then(
        () => false,
        () => false,
      ),
    ]);
    socket.destroy();
    if (isUp) return;
    if (Date.now() > deadline) throw new Error(`Kafka does not listen on ${port}`);
    await pause(POLL_MS);
  }
}
