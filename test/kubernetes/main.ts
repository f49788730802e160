/** `build` makes the programs of a cluster; `run COMMAND …` runs a command beside a cluster that lasts as long as it does. See README.md here. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { delimiter, dirname } from 'node:path';
import { buildPrograms } from './programs.ts';
import { missingForKubernetes } from './requirements.ts';
import { startKubernetes } from './start-kubernetes.ts';

const SIGNAL_STATUS = 128;

/** Ends with the status of the command, with 2 for a wrong command line; where something is missing `build` says so and ends with 0. */
async function main([verb, command, ...args]: readonly string[]): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now();
    const value = await work();
    say(`kubernetes: ${what} in ${((performance.now() - begun) / 1_000).toFixed(1)} s`);
    return value;
  };
  const missing = missingForKubernetes();
  if (verb === 'build' && missing.length > 0) {
    say(`skipped: the tests on Kubernetes (there is no ${missing.join(', no ')})`);
    return 0;
  }
  if (verb === 'build') {
    const { kubernetes } = await timed('programs built or found', buildPrograms);
    say(kubernetes);
    return 0;
  }
  if (verb !== 'run' || command === undefined) {
    say('usage: main.ts build | main.ts run COMMAND [ARGUMENT …]');
    return 2;
  }
  if (missing.length > 0) {
    say(`Cannot start a cluster: there is no ${missing.join(', no ')}`);
    return 1;
  }
  const server = await timed('started', startKubernetes);
  try {
    return await runBeside(server, command, args);
  } finally {
    await timed('stopped', async () => server[Symbol.asyncDispose]());
  }
}

async function runBeside(
  { kubeconfig, programs, enclosure }: Awaited<ReturnType<typeof startKubernetes>>,
  command: string,
  args: readonly string[],
): Promise<number> {
  const env = {
    ...process.env,
    ...{ KUBECONFIG: kubeconfig, KUBECACHEDIR: `${enclosure.folder}/kubectl` },
    ...{ HIBANA_TEST_KUBECONFIG: kubeconfig, HIBANA_TEST_KUBERNETES_REGISTRY: enclosure.addresses.registry },
    PATH: [dirname(programs.kubectl), process.env.PATH].join(delimiter),
  };
  const child = spawn(command, args, { env, stdio: 'inherit' });
  // A terminal sends them to both; the command says when it is over.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [status, signal] = await once(child, 'close');
  return status ?? SIGNAL_STATUS + constants.signals[signal as NodeJS.Signals];
}

process.exitCode = await main(process.argv.slice(2));
