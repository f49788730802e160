import { setTimeout as pause } from 'node:timers/promises';
import { readMasterPage } from '../../../runtime/platform/master-page.ts';
import { runToEnd } from '../run-to-end.ts';

export interface HandMade {
  readonly image: string;
  /** With the daemon in DOCKER_HOST. */
  readonly env: NodeJS.ProcessEnv;
  /** The program in the image, and its arguments. */
  readonly program: readonly string[];
  /** How its output begins when it has run. */
  readonly output: string;
}

const NAME = 'by-hand';
const WORKERS = 2;
const POLL_MS = 100;
const ALIVE_DEADLINE_MS = 120_000;
const BIN = '/opt/spark/bin';

/** What one would type: a network, a master, two workers, wait for both, spark-submit in one more container, remove all. Gives the milliseconds of the whole. */
export async function runByHand({ image, env, program, output }: HandMade, signal: AbortSignal): Promise<number> {
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await runToEnd({ file: 'docker', args, env }, signal)).stdout.trim();
  const spark = (command: string, ...args: readonly string[]) => ['--entrypoint', `${BIN}/${command}`, image, ...args];
  const members = ['master', ...Array.from({ length: WORKERS }, (_, index) => `worker-${index + 1}`)];
  const [master = '', ...workers] = members.map((member) => `${NAME}-${member}`);
  const startedAt = performance.now();
  try {
    await docker('network', 'create', NAME);
    const daemon = (name: string, ...command: readonly string[]) =>
      docker('run', '--detach', '--name', name, '--network', NAME, ...command);
    await daemon(master, ...spark('spark-class', 'org.apache.spark.deploy.master.Master'));
    const host = await docker(
      'inspect',
      '--format',
      `{{(index .NetworkSettings.Networks "${NAME}").IPAddress}}`,
      master,
    );
    const url = `spark://${host}:7077`;
    for (const worker of workers) {
      const size = ['-c', '1', '-m', '1g', '-d', '/tmp/work'];
      await daemon(worker, ...spark('spark-class', 'org.apache.spark.deploy.worker.Worker', ...size, url));
    }
    await untilAlive(`http://${host}:8080`, signal);
    const said = await docker('run', '--rm', '--network', NAME, ...spark('spark-submit', '--master', url, ...program));
    if (!said.startsWith(output)) throw new Error(`spark-submit did not run the job: ${said}`);
  } finally {
    await docker('rm', '--force', '--volumes', master, ...workers).catch(() => {});
    await docker('network', 'rm', NAME).catch(() => {});
  }
  return performance.now() - startedAt;
}

async function untilAlive(page: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + ALIVE_DEADLINE_MS;
  while (((await readMasterPage(page, signal))?.aliveWorkers ?? 0) < WORKERS) {
    if (performance.now() > deadline) throw new Error('the workers made by hand did not register');
    await pause(POLL_MS);
  }
}
