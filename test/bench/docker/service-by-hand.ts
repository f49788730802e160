import { setTimeout as pause } from 'node:timers/promises';
import { readMasterPage } from '../../../runtime/platform/master-page.ts';
import { runToEnd } from '../run-to-end.ts';
import type { HandMade } from './by-hand.ts';

export interface ServiceMade extends Omit<HandMade, 'output'> {
  /** At which its port is published. */
  readonly address: string;
  readonly port: number;
  readonly healthPath: string;
  /** A network that is free in the daemon: `10.232.7.240/28`. */
  readonly subnet: string;
}

/** A service that somebody has made by hand. */
export interface HandMadeService extends AsyncDisposable {
  /** Stops its containers and starts them again, as one would type it, until it is well. Gives the milliseconds of the whole. */
  readonly restart: (signal: AbortSignal) => Promise<number>;
}

const NAME = 'service-by-hand';
const POLL_MS = 100;
const WELL_WITHIN_MS = 180_000;
const BIN = '/opt/spark/bin';
/** Where an image has what its application needs: spark-submit does not know. */
const DEPENDENCIES = ['-e', 'PYTHONPATH=/opt/app-root/deps'];

/** A network, a master, a worker and the driver of a service, at addresses that they keep. */
export async function makeServiceByHand(made: ServiceMade, signal: AbortSignal): Promise<HandMadeService> {
  const { image, env, program, subnet, address, port, healthPath } = made;
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await runToEnd({ file: 'docker', args, env }, signal)).stdout.trim();
  const spark = (command: string, ...args: readonly string[]) => ['--entrypoint', `${BIN}/${command}`, image, ...args];
  const [master, worker, driver] = [`${NAME}-master`, `${NAME}-worker`, `${NAME}-driver`];
  const ipOf = (last: number): string => `${subnet.slice(0, subnet.lastIndexOf('.'))}.${last}`;
  const host = ipOf(242);
  const make = (name: string, last: number, ...command: readonly string[]) =>
    docker('create', '--name', name, '--network', NAME, '--ip', ipOf(last), ...command);
  const start = async (): Promise<void> => {
    await docker('start', master);
    await untilAlive(`http://${host}:8080`, 0, signal);
    await docker('start', worker, driver);
    await untilWell(`http://${address}:${port}${healthPath}`, signal);
  };
  const url = `spark://${host}:7077`;
  await docker('network', 'create', '--subnet', subnet, NAME);
  await make(master, 242, ...spark('spark-class', 'org.apache.spark.deploy.master.Master'));
  const size = ['-c', '1', '-m', '1g', '-d', '/tmp/work'];
  await make(
    worker,
    243,
    ...DEPENDENCIES,
    ...spark('spark-class', 'org.apache.spark.deploy.worker.Worker', ...size, url),
  );
  const variables = [...DEPENDENCIES, '-e', `PORT=${port}`, '-e', 'HOST=0.0.0.0', '-p', `${address}:${port}:${port}`];
  await make(driver, 244, ...variables, ...spark('spark-submit', '--master', url, ...program));
  await start();
  return {
    restart: async () => {
      const startedAt = performance.now();
      await docker('stop', driver, worker, master);
      await start();
      return performance.now() - startedAt;
    },
    [Symbol.asyncDispose]: async () => {
      await docker('rm', '--force', '--volumes', driver, worker, master).catch(() => {});
      await docker('network', 'rm', NAME).catch(() => {});
    },
  };
}

async function untilAlive(page: string, workers: number, signal: AbortSignal): Promise<void> {
  await until(async () => ((await readMasterPage(page, signal))?.aliveWorkers ?? -1) >= workers);
}

async function untilWell(url: string, signal: AbortSignal): Promise<void> {
  await until(async () => (await fetch(url, { signal }).catch(() => undefined))?.ok === true);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = performance.now() + WELL_WITHIN_MS; !(await isSo()); await pause(POLL_MS)) {
    if (performance.now() > deadline) throw new Error('the service made by hand does not become well');
  }
}
