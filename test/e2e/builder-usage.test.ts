import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { builderLabels } from '../helpers/builder-image.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import { type Home, makeHome, runCli, startCli } from '../helpers/cli.ts';
import { testCtx } from '../helpers/ctx.ts';
import { type DockerDaemon, hasDocker, startDocker } from '../helpers/docker.ts';
import { fileEntry, layerSource } from '../helpers/layer-sources.ts';
import { describeWith } from '../helpers/requires.ts';
import { addS2iBuilder, IN_IMAGE, SCRIPTS } from '../helpers/s2i-builder.ts';

const NATIVE = process.arch === 'x64' ? 'amd64' : process.arch;
const OWN = join(import.meta.dirname, '../../builder-images/python/s2i/usage');

let folder: string;
let home: Home;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-usage-'));
  home = await makeHome();
});
afterEach(async () => {
  await home[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
const image = () => `oci:${folder}/builders:v1`;
const store = () => createLayoutStore({ folder: join(folder, 'builders'), pid: process.pid });

describe('hibana builder usage, without a daemon', () => {
  const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const add = async (script: string, labels: Readonly<Record<string, string>> = builderLabels()) => {
    const base = { kind: 'scratch', platform: { os: 'linux', architecture: NATIVE } } as const;
    const layers = [layerSource([fileEntry(`${SCRIPTS.slice(1)}/usage`, script, 0o755)])];
    const pack = { base, layers, changes: { labels }, destination: store(), tags: ['v1'], scratch: folder };
    await packImage(pack, testCtx());
  };

  it('prints of a builder of hibana what its script would', async () => {
    const script = await readFile(OWN, 'utf8');
    await add(script);
    const end = await runCli(['builder', 'usage', image()], home, { env });
    expect(end, end.stderr).toMatchObject({ status: 0 });
    expect(end.stdout).toBe(script.split("<<'TEXT'\n")[1]?.replace(/TEXT\n$/, ''));
  });

  it.each<[string, string, Readonly<Record<string, string>>]>([
    [
      'a script that does more',
      "#!/bin/sh\nset -eu\ncat <<'TEXT'\na\nTEXT\nid\ncat <<'TEXT'\nb\nTEXT\n",
      builderLabels(),
    ],
    ['a builder of somebody else', "#!/bin/sh\nset -eu\ncat <<'TEXT'\na\nTEXT\n", IN_IMAGE],
  ])('wants a daemon for %s', async (_name, script, labels) => {
    await add(script, labels);
    const end = await runCli(['builder', 'usage', image(), '-o', 'json'], home, { env });
    expect(JSON.parse(end.stdout).error.code).toBe('DOCKER_UNREACHABLE');
  });

  it('says of a daemon at an address that it is not there, and nothing of its own parts', async () => {
    await add('', IN_IMAGE);
    const end = await runCli(['builder', 'usage', image()], home, { env: { DOCKER_HOST: 'tcp://127.0.0.1:1' } });
    expect(end.stderr).toContain('ECONNREFUSED [DOCKER_UNREACHABLE]');
    expect(end.stderr).not.toMatch(/^\(|Warning/m);
  });

  it('says what is not there: the image, the place of its scripts', async () => {
    await add('', { 'dev.hibana.builder': 'python' });
    const codes = [];
    for (const name of [image(), `oci:${folder}/nowhere`]) {
      const end = await runCli(['builder', 'usage', name, '-o', 'json'], home, { env });
      codes.push(JSON.parse(end.stdout).error.code);
    }
    expect(codes).toEqual(['SCRIPTS_NOT_FOUND', 'BUILDER_NOT_FOUND']);
  });
});

describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined)(
  'hibana builder usage, of a builder of somebody else',
  () => {
    let daemon: DockerDaemon;
    beforeAll(async () => {
      daemon = await startDocker();
    });
    afterAll(() => daemon[Symbol.asyncDispose]());
    afterEach(async () => {
      expect(await daemon.docker.listContainers({ all: true })).toEqual([]);
      expect(await daemon.docker.listImages({ all: true })).toEqual([]);
    });
    const usage = (...more: readonly string[]) => ['builder', 'usage', image(), ...more];
    const run = (args: readonly string[]) => runCli(args, home, { env: { DOCKER_HOST: daemon.host } });

    it('prints what its script says, as the user of the image, without a network', async () => {
      const script = 'echo "use it so, $(id -u)"; ls /sys/class/net; cat';
      await addS2iBuilder(store(), { tag: 'v1', scripts: { usage: script } });
      const end = await run(usage());
      expect(end, end.stderr).toMatchObject({ status: 0, stdout: 'use it so, 1001\nlo\n' });
    });

    it('takes another place for the script', async () => {
      await addS2iBuilder(store(), { tag: 'v1', scripts: { usage: 'echo own' }, labels: {} });
      const end = await run(usage('--scripts-url', `image://${SCRIPTS}`));
      expect(end, end.stderr).toMatchObject({ status: 0, stdout: 'own\n' });
    });

    it.each<[string, Readonly<Record<string, string>>, string, object]>([
      ['a script that fails', { usage: 'echo no >&2; exit 3' }, 'SCRIPT_FAILED', { status: 3, lastLines: ['no'] }],
      ['a builder without one', { assemble: 'true' }, 'SCRIPTS_NOT_FOUND', {}],
    ])('says so of %s', async (_name, scripts, code, details) => {
      await addS2iBuilder(store(), { tag: 'v1', scripts });
      const { status, stdout } = await run(usage('-o', 'json'));
      expect({ status, error: JSON.parse(stdout).error }).toMatchObject({ status: 4, error: { code, details } });
    });

    it('leaves nothing when it is stopped', async () => {
      await addS2iBuilder(store(), { tag: 'v1', scripts: { usage: 'sleep 600' } });
      const cli = startCli(usage(), home, { env: { DOCKER_HOST: daemon.host } });
      while ((await daemon.docker.listContainers()).length === 0) await new Promise((done) => setTimeout(done, 50));
      cli.child.kill('SIGINT');
      expect((await cli.ended).status).toBe(130);
    });
  },
);
