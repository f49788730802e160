import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { endProcesses, findProcesses } from '../../runtime/platform/local/end-processes.ts';
import { createLocalProvider } from '../../runtime/platform/local/local-provider.ts';
import { readProcessRecords, recordProcess } from '../../runtime/platform/local/process-record.ts';
import { RUN_VARIABLE } from '../../runtime/platform/local/process-table.ts';
import { makeHome } from '../helpers/cli.ts';
import { FakeProvider } from '../helpers/fake-provider.ts';
import { realLayout } from '../helpers/layout.ts';
import { clusterSpec } from '../helpers/requests.ts';
import { clusterProviderContract, type ProviderUnderTest } from './cluster-provider.ts';

clusterProviderContract('fake', async () => {
  const provider = new FakeProvider();
  return {
    provider,
    spec: (name) => clusterSpec({ name }),
    killWorker: async (name, index) => provider.lose(name, { role: 'worker', index }, 'killed by SIGKILL'),
    left: async () => [...provider.clusters.keys()],
    [Symbol.asyncDispose]: async () => {
      for (const name of provider.clusters.keys()) await provider.delete(name);
    },
  };
});

clusterProviderContract('local', async (): Promise<ProviderUnderTest> => {
  const home = await makeHome();
  const { stateFolder } = home;
  const run = `contract-${process.pid}`;
  const directory = join(stateFolder, 'runs', run);
  await mkdir(directory, { recursive: true });
  // This process is the launcher: without a living one a cluster is an orphan.
  await recordProcess(join(directory, LeaseFile.keepers), process.pid, 'keeper');
  const records = (): Promise<readonly { pid: number; startTicks: number; role: string }[]> =>
    readProcessRecords(join(directory, LeaseFile.processes));
  const env = { PATH: process.env.PATH ?? '', HOME: home.path, [RUN_VARIABLE]: run };
  const layout = await realLayout();
  return {
    provider: createLocalProvider({
      stateFolder,
      layout,
      spark: '4.2.1',
      python: null,
      pid: process.pid,
      env,
      deadlineMs: 60_000,
    }),
    spec: (name) => clusterSpec({ name, owner: { run, directory } }),
    killWorker: async (_name, index) => {
      const worker = (await records()).find(({ role }) => role === `worker-${index}`);
      if (worker) process.kill(worker.pid, 'SIGKILL');
    },
    left: async () => [
      ...(await findProcesses(run, await records())).map(({ pid }) => `process ${pid}`),
      ...(await readdir(join(stateFolder, 'clusters')).catch(() => [])),
    ],
    [Symbol.asyncDispose]: async () => {
      await endProcesses(run, await records());
      await home[Symbol.asyncDispose]();
    },
  };
});
