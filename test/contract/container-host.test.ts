import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AssembleRequest, assemble } from '../../cli/build/s2i/assemble.ts';
import { createDockerHost } from '../../cli/build/s2i/docker-host.ts';
import { BUILDER_PROGRAMS, findBusybox } from '../helpers/busybox-root.ts';
import { testCtx } from '../helpers/ctx.ts';
import { type DockerDaemon, hasDocker, importBusybox, startDocker } from '../helpers/docker.ts';
import { describeWith } from '../helpers/requires.ts';

const IMAGE = 'hibana-test-builder:latest';
describeWith('docker', (await hasDocker()) && (await findBusybox()) !== undefined)('assemble() in Docker', () => {
  let daemon: DockerDaemon;
  let scratch: string;
  beforeAll(async () => {
    daemon = await startDocker();
    await importBusybox(daemon.docker, IMAGE, BUILDER_PROGRAMS);
  });
  afterAll(() => daemon[Symbol.asyncDispose]());
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'hibana-assemble-'));
  });
  afterEach(() => rm(scratch, { recursive: true }));

  const run = (script: string, changes: Partial<AssembleRequest> = {}, ctx = testCtx()) => {
    const source = Buffer.from('print(1)\n');
    const request: AssembleRequest = {
      image: IMAGE,
      contract: { scriptsUrl: null, destination: '/tmp', assembleUser: '1001' },
      assemble: { kind: 'upload', name: 'assemble', bytes: Buffer.from(`#!/bin/sh\nset -eu\n${script}\n`) },
      alsoUpload: [],
      injected: { uploads: [], paths: [] },
      source: [
        {
          ...{ kind: 'file', path: Buffer.from('src/app.py'), mode: 0o644, uid: 1001, gid: 0, size: source.length },
          content: { kind: 'bytes', bytes: source },
        },
      ],
      ...{ buildEnv: {}, env: {}, secrets: {}, labels: { 'hibana.dev/test': 'assemble' } },
      ...{
        name: 'hibana-test-build',
        memoryBytes: null,
        millicores: null,
        network: 'none',
        deadlineMs: 60_000,
        scratch,
      },
      ...changes,
    };
    return assemble(request, createDockerHost(daemon.docker), ctx);
  };
  const containers = () =>
    daemon.docker.listContainers({ all: true, filters: { label: ['hibana.dev/test=assemble'] } });
  const shown = async (script: string, changes: Partial<AssembleRequest> = {}) => {
    const { entries } = await run(script, changes);
    return entries.map((entry) => {
      const owner = entry.kind === 'whiteout' ? '' : ` ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`;
      return `${entry.kind} ${entry.path}${owner}`;
    });
  };

  it('gives what the script made, as whom, and nothing of what s2i leaves behind', async () => {
    const script =
      'id > /dev/null; cp -r /tmp/src /tmp/made; ln -s app.py /tmp/made/link; chmod 2750 /tmp/made; mkfifo /tmp/made/pipe';
    expect(await shown(script)).toEqual([
      'directory tmp 1777 0:0',
      'directory tmp/made 2750 1001:0',
      'file tmp/made/app.py 644 1001:0',
      'symlink tmp/made/link 777 1001:0',
    ]);
    expect(await containers()).toEqual([]);
  });

  it('gives what it deleted', async () => {
    const contract = { scriptsUrl: null, destination: '/tmp', assembleUser: '0' };
    expect(await shown('rm /bin/env', { contract })).toEqual([
      'directory bin 755 0:0',
      'directory tmp 1777 0:0',
      'whiteout bin/env',
    ]);
  });

  it('leaves no trace of a secret', async () => {
    const secrets = { token: Buffer.from('s3cr3t') };
    expect(await shown('[ "$(cat /run/secrets/token)" = s3cr3t ]', { secrets })).toEqual(['directory tmp 1777 0:0']);
  });

  it('ends what a script leaves running, whatever it holds, before it looks at what changed', async () => {
    const hidden = 'trap : TERM HUP INT; while :; do echo noise; rm -f /tmp/a; touch /tmp/a; done';
    const script = `setsid sh -c '${hidden}' & setsid sleep 600 & while [ ! -e /tmp/a ]; do :; done; touch /tmp/made`;
    const paths = (await shown(script)).map((line) => line.split(' ')[1]).filter((path) => path !== 'tmp/a');
    expect(paths).toEqual(['tmp', 'tmp/made']);
  });

  it('takes the labels that the script leaves', async () => {
    const script = `mkdir /tmp/.s2i; echo '{"labels":[{"a":"1"}]}' > /tmp/.s2i/image_metadata.json`;
    expect(await run(script)).toMatchObject({ labels: { a: '1' } });
  });

  it.each([
    [
      'a script that fails',
      'echo no >&2; exit 42',
      {},
      { code: 'ASSEMBLE_FAILED', details: { status: 42, lastLines: ['no'] } },
    ],
    ['one that does not end', 'sleep 600 & sleep 600', { deadlineMs: 3_000 }, { code: 'ASSEMBLE_TIMEOUT' }],
    ['an image that is not there', '', { image: 'hibana-test-nowhere:1' }, { code: 'IMAGE_NOT_FOUND' }],
    [
      'a user that is not there',
      '',
      { contract: { scriptsUrl: null, destination: '/tmp', assembleUser: 'nobody-here' } },
      { code: 'CONTAINER_FAILED' },
    ],
  ] as const)('tells of %s, and deletes its container', async (_what, script, changes, error) => {
    await expect(run(script, changes)).rejects.toMatchObject(error);
    expect(await containers()).toEqual([]);
  });

  it('deletes the container of a build that is stopped', async () => {
    const ctx = testCtx();
    const reason = new Error('stop');
    setTimeout(() => ctx.abort(reason), 2_000);
    await expect(run('sleep 600', {}, ctx)).rejects.toBe(reason);
    expect(await containers()).toEqual([]);
  });
});
