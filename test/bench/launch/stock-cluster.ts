import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { jobEnvironment } from '../../../cli/run/job-environment.ts';
import type { Layout } from '../../../runtime/core/app.ts';
import { endProcesses, findProcesses } from '../../../runtime/platform/local/end-processes.ts';
import { chooseFreePorts } from '../../../runtime/platform/local/ports.ts';
import { RUN_VARIABLE } from '../../../runtime/platform/local/process-table.ts';
import { readMasterPage } from '../../../runtime/platform/master-page.ts';
import { runToEnd, type TimedEnd } from '../run-to-end.ts';

export interface StockJob {
  /** The Java and Python that hibana runs the same program with. */
  readonly layout: Layout;
  /** SPARK_HOME of the same version as it comes from pip. */
  readonly spark: string;
  /** The program and its arguments. */
  readonly program: readonly string[];
  /** How its output begins when it has run. */
  readonly output: string;
}

export interface StockRun {
  readonly stdout: string;
  readonly wholeMs: number;
  /** From the end of spark-submit to no process left. */
  readonly goneMs: number;
}

const HOST = '127.0.0.1';
const WORKERS = 2;
const POLL_MS = 100;
const ALIVE_DEADLINE_MS = 120_000;

/** What Spark's manual says to do: a master, two workers, wait for both, spark-submit, end them. */
export async function runOnStockCluster(job: StockJob, signal: AbortSignal): Promise<StockRun> {
  await using place = await makePlace(job);
  const startedAt = performance.now();
  const [rpc = 0, ...pages] = await chooseFreePorts(WORKERS + 2);
  const url = `spark://${HOST}:${rpc}`;
  const start = (name: string, page: number | undefined, args: readonly string[]): number => {
    const common = ['-h', HOST, '--webui-port', String(page)];
    const child = spawn(join(place.bin, 'spark-class'), [`org.apache.spark.deploy.${name}`, ...common, ...args], {
      env: place.env,
      stdio: 'ignore',
    });
    child.on('error', () => {});
    return child.pid ?? 0;
  };
  const daemons = [start('master.Master', pages[0], ['--port', String(rpc)])];
  for (let index = 1; index <= WORKERS; index += 1) {
    const folder = join(place.folder, `work-${index}`);
    daemons.push(start('worker.Worker', pages[index], ['-c', '1', '-m', '1g', '-d', folder, url]));
  }
  await untilAlive(`http://${HOST}:${pages[0]}`, signal);
  const { stdout } = await submit(url, job, place, signal);
  const jobEndedAt = performance.now();
  for (const pid of daemons) process.kill(pid, 'SIGTERM');
  while ((await findProcesses(place.mark, [])).length > 0) await pause(POLL_MS / 20);
  const endedAt = performance.now();
  return { stdout, wholeMs: endedAt - startedAt, goneMs: endedAt - jobEndedAt };
}

/** The same program without a cluster: driver and two executor threads in one JVM. Gives the milliseconds of the whole command. */
export async function runInOneJvm(job: StockJob, signal: AbortSignal): Promise<number> {
  await using place = await makePlace(job);
  // Awaited here: what is started must have ended before its place is deleted.
  return (await submit('local[2]', job, place, signal)).elapsedMs;
}

interface Place extends AsyncDisposable {
  readonly folder: string;
  readonly bin: string;
  readonly env: NodeJS.ProcessEnv;
  /** In the environment of all that is started: by it what is left is found, and ended by its pid. */
  readonly mark: string;
}

async function makePlace({ layout, spark }: StockJob): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-bench-'));
  const mark = `bench-${randomUUID()}`;
  const env = {
    ...jobEnvironment(process.env),
    [RUN_VARIABLE]: mark,
    SPARK_HOME: spark,
    JAVA_HOME: layout.java,
    PYSPARK_PYTHON: layout.python ?? 'python3',
    SPARK_LOCAL_IP: HOST,
    SPARK_LOCAL_DIRS: folder,
    TMPDIR: folder,
    JAVA_TOOL_OPTIONS: `-Djava.io.tmpdir=${folder}`,
  };
  return {
    folder,
    bin: join(spark, 'bin'),
    env,
    mark,
    [Symbol.asyncDispose]: async () => {
      await endProcesses(mark, []);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function submit(
  master: string,
  { program, output }: StockJob,
  place: Place,
  signal: AbortSignal,
): Promise<TimedEnd> {
  const command = { file: join(place.bin, 'spark-submit'), args: ['--master', master, ...program], env: place.env };
  const end = await runToEnd({ ...command, cwd: place.folder }, signal);
  if (!end.stdout.startsWith(output)) throw new Error(`spark-submit did not run the job: ${end.stdout}`);
  return end;
}

async function untilAlive(page: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + ALIVE_DEADLINE_MS;
  while (((await readMasterPage(page, signal))?.aliveWorkers ?? 0) < WORKERS) {
    if (performance.now() > deadline) throw new Error('the stock workers did not register');
    await pause(POLL_MS);
  }
}
