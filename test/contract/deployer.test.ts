import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createDeployer } from '../../cli/deploy/deployer.ts';
import { leaseRuns } from '../../cli/deploy/lease-runs.ts';
import { keepTree, treeFolder } from '../../cli/deploy/local/keep-tree.ts';
import { createLocalStarter } from '../../cli/deploy/local/local-starter.ts';
import type { Revision } from '../../cli/deploy/records.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { makeHome } from '../helpers/cli.ts';
import { revisionFor } from '../helpers/deployment-records.ts';
import { FakeDeployer } from '../helpers/fake-deployer.ts';
import { realLayout } from '../helpers/layout.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { deployerContract } from './deployer.ts';

deployerContract('fake', async () => {
  const deployer = new FakeDeployer();
  deployer.broken.add(2);
  return {
    deployer,
    revisions: { stays: revisionFor(), fails: revisionFor({ revision: 2 }) },
    spoil: async ({ revision }) => void deployer.gone.set(revision, ['it is gone']),
    kill: async (run) => deployer.end(run, 'lost'),
    left: async () => [],
    [Symbol.asyncDispose]: async () => {},
  };
});

const root = join(import.meta.dirname, '..', '..');

deployerContract('local', async () => {
  const home = await makeHome();
  const { stateFolder } = home;
  const { cache } = foldersFrom(process.env, homedir());
  const tree = createLocalStarter({
    stateFolder,
    cache,
    node: process.execPath,
    program: join(root, 'dist', 'launcher', 'main.mjs'),
    // By which its processes are found.
    env: { PATH: process.env.PATH, HOME: home.path },
    pid: process.pid,
  });
  const deployer = createDeployer({ tree, image: tree }, leaseRuns(stateFolder));
  const revisionOf = async (application: string, folder: string, args: readonly string[]): Promise<Revision> => {
    const dir = join(root, folder);
    const files = (await readdir(dir)).filter((file) => file.endsWith('.py'));
    const key = await keepTree({ stateFolder, name: application, dir, files, scratch: home.path });
    const kept = treeFolder(stateFolder, application, key);
    const found = await realLayout('4.2.1', kept);
    const layout = { ...found, pythonPath: [kept, ...found.pythonPath], jars: [], pythonJars: [], classPathJars: [] };
    const { launch } = revisionFor();
    const entry = files.find((file) => file === 'app.py') ?? files[0] ?? '';
    const cluster = { ...launch.cluster, target: { kind: 'local', master: 'local[1]' } } as const;
    return revisionFor({
      application,
      artifact: { kind: 'tree', key, layout },
      launch: { ...launch, app: { ...launch.app, entry, args: [...args] }, cluster },
    });
  };
  return {
    deployer,
    revisions: {
      stays: await revisionOf('stays', 'test/fixtures/apps/sleeper', ['--tasks', '600']),
      fails: await revisionOf('fails', 'templates/apps/fails', []),
    },
    spoil: ({ application }) => rm(join(stateFolder, 'deployments', application), { recursive: true }),
    kill: async ({ run }) => {
      // One that had not begun leaves no trace at all.
      while (!existsSync(join(stateFolder, 'runs', run, LeaseFile.events))) await pause(20);
      const keepers = await readProcessRecords(join(stateFolder, 'runs', run, LeaseFile.keepers));
      for (const { pid } of keepers) process.kill(pid, 'SIGKILL');
    },
    left: () => leftovers(home),
    [Symbol.asyncDispose]: home[Symbol.asyncDispose],
  };
});
