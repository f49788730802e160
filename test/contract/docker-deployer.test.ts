import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll } from 'vitest';
import { createDeployer } from '../../cli/deploy/deployer.ts';
import { createDockerStarter } from '../../cli/deploy/docker/docker-starter.ts';
import { leaseRuns } from '../../cli/deploy/lease-runs.ts';
import { createLocalStarter } from '../../cli/deploy/local/local-starter.ts';
import type { Revision } from '../../cli/deploy/records.ts';
import { LeaseFile } from '../../runtime/core/lease-directory.ts';
import { readProcessRecords } from '../../runtime/platform/local/process-record.ts';
import { makeHome } from '../helpers/cli.ts';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { revisionFor } from '../helpers/deployment-records.ts';
import { hasDocker } from '../helpers/docker.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { launchRequestFor } from '../helpers/requests.ts';
import { describeWith } from '../helpers/requires.ts';
import { standInImage } from '../helpers/stand-in-image.ts';
import { deployerContract } from './deployer.ts';

/** `seconds status`: waits, and ends with the status. */
const APP = `
import sys, time
print("hello", flush=True)
time.sleep(float(sys.argv[1]))
sys.exit(int(sys.argv[2]))
`;
const root = join(import.meta.dirname, '..', '..');
const GONE_WITHIN_MS = 5_000;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('runs of revisions in Docker', () => {
  let workshop: DockerWorkshop;
  let launcher: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    launcher = (await workshop.docker.getImage(workshop.env.HIBANA_LAUNCHER_IMAGE ?? '').inspect()).Id;
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  deployerContract('docker', async () => {
    const { docker, env } = workshop;
    const home = await makeHome();
    const { stateFolder } = home;
    const place = {
      ...{ stateFolder, cache: home.path, node: process.execPath, program: join(root, 'dist', 'launcher', 'main.mjs') },
      // By which its processes are found.
      env: { PATH: process.env.PATH, HOME: home.path },
      pid: process.pid,
    };
    const { arch, platform } = process;
    const context = { ...place, home: home.path, cwd: root, arch, platform, version: '0.0.0', root };
    const tree = createLocalStarter(place);
    const deployer = createDeployer({ tree, image: createDockerStarter(place, context) }, leaseRuns(stateFolder));
    const revisionOf = async (application: string, args: readonly string[]): Promise<Revision> => {
      const id = await workshop.load({ tag: `deployer-${application}`, app: `${APP}# ${application}\n` });
      const { user } = await standInImage(docker, id);
      const { layout } = launchRequestFor({ layout: { javaHasVectorModule: false } });
      const { launch } = revisionFor();
      const sparkConf = { folder: null, defaults: {}, hasLog4j: false };
      return revisionFor({
        ...{ application, platform: 'docker' },
        artifact: {
          ...{ kind: 'image', image: id },
          daemon: { id, key: id, user, layout, python: '3.11', sparkConf },
        },
        docker: {
          ...{ socket: (env.DOCKER_HOST ?? '').replace('unix://', ''), bind: workshop.address, network: null },
          launcher: { named: null, id: launcher },
        },
        launch: { ...launch, app: { ...launch.app, args: [...args] } },
      });
    };
    return {
      deployer,
      revisions: { stays: await revisionOf('stays', ['600', '0']), fails: await revisionOf('fails', ['0', '3']) },
      spoil: async ({ artifact }) => {
        if (artifact.kind === 'image') await docker.getImage(artifact.daemon?.id ?? '').remove({ force: true });
      },
      kill: async ({ run }) => {
        // Its launcher has a word only when it has begun.
        const events = join(stateFolder, 'runs', run, LeaseFile.events);
        while ((statSync(events, { throwIfNoEntry: false })?.size ?? 0) === 0) await pause(20);
        const keepers = await readProcessRecords(join(stateFolder, 'runs', run, LeaseFile.keepers));
        await (await workshop.container('launcher')).remove({ force: true, v: true });
        for (const { pid } of keepers) process.kill(pid, 'SIGKILL');
      },
      left: async () => [...(await workshop.leftAfter(GONE_WITHIN_MS)), ...(await leftovers(home))],
      [Symbol.asyncDispose]: home[Symbol.asyncDispose],
    };
  });
});
