import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import type { CliProcess } from '../helpers/cli.ts';
import { testCtx } from '../helpers/ctx.ts';
import { startCutSocket } from '../helpers/cut-socket.ts';
import { hasDocker } from '../helpers/docker.ts';
import { startDockerBuild } from '../helpers/docker-build.ts';
import { dockerSuite } from '../helpers/docker-suite.ts';
import { describeWith, itWith } from '../helpers/requires.ts';
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts';

const GONE_WITHIN_MS = 20_000;
const ENDLESS = 'echo begun; sleep 600';
/** More than can be read before anybody notices that it is. */
const LARGE = 'dd if=/dev/urandom of=/opt/app-root/large bs=1048576 count=64 2>/dev/null; echo made';

describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined)(
  'a build in Docker that fails',
  () => {
    const suite = dockerSuite('hibana-docker-faults-');

    /** The status and the code of a build that has ended. */
    const endOf = async (cli: CliProcess) => {
      const { status, stdout } = await cli.ended;
      return { status, code: JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').error?.code };
    };
    /** Containers, images but that of the builder, the image, folders of runs. */
    const left = async (): Promise<readonly string[]> => {
      const containers = await suite.daemon.docker.listContainers({ all: true });
      const images = await suite.daemon.docker.listImages({ all: true });
      const names = images.flatMap(({ RepoTags, Id }) => RepoTags ?? [Id]);
      const out = createLayoutStore({ folder: join(suite.folder, 'out'), pid: process.pid });
      const made = await out.resolve('latest', testCtx());
      const runs = await readdir(join(suite.home.stateFolder, 'runs')).catch(() => []);
      const others = names.filter((name) => !name.startsWith('localhost/hibana-build:'));
      return [...containers.map(({ Id }) => Id), ...others, ...(made === undefined ? [] : ['out:latest']), ...runs];
    };

    it.each([
      ['the builder is brought', 'true', 'brings the builder'],
      ['assemble runs', ENDLESS, 'begun'],
      ['what assemble made is read', LARGE, 'made'],
    ])('leaves nothing when it is stopped while %s', async (_when, assemble, seen) => {
      const cli = await startDockerBuild(suite, { name: 'one', assemble });
      await cli.saw(seen);
      cli.child.kill('SIGINT');
      expect(await endOf(cli)).toEqual({ status: 130, code: 'INTERRUPTED' });
      expect(await left()).toEqual([]);
    });

    it.each([
      ['assemble runs', ENDLESS, 'begun', undefined],
      ['what assemble made is read', LARGE, 'made', /^GET \S+\/archive\?/],
    ])('leaves nothing when its daemon is cut off while %s', async (_when, assemble, seen, asked) => {
      const path = join(suite.folder, 'docker.sock');
      await using socket = await startCutSocket(path, suite.daemon.host, (bytes, cut) => {
        // Not at once: the reply shall have begun.
        if (asked?.test(bytes.toString('latin1'))) setImmediate(() => setTimeout(cut, 20));
      });
      const cli = await startDockerBuild(suite, { name: 'one', assemble, env: { DOCKER_HOST: socket.host } });
      await cli.saw(seen);
      if (asked === undefined) socket.cut();
      expect(await endOf(cli)).toEqual({ status: 6, code: 'DOCKER_UNREACHABLE' });
      await expect.poll(left, { timeout: GONE_WITHIN_MS }).toEqual([]);
    });

    itWith('root', canMount())('leaves nothing when the disk is full of what assemble made', async () => {
      using disk = mountSmallDisk(8);
      const env = { XDG_STATE_HOME: disk.path };
      const cli = await startDockerBuild(suite, { name: 'one', assemble: LARGE, env });
      const end = await endOf(cli);
      expect(end).toEqual({ status: 4, code: 'DISK_FULL' });
      expect(await left()).toEqual([]);
      expect(await readdir(join(disk.path, 'hibana', 'runs')).catch(() => [])).toEqual([]);
    });
  },
);
