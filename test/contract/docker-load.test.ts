import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlatform } from '../../cli/image/choose-platform.ts';
import { createDaemonStore } from '../../cli/image/daemon/daemon-store.ts';
import type { BlobSource, ImageStore } from '../../cli/image/image-store.ts';
import type { LayerEntry, LayerSource } from '../../cli/image/layer-source.ts';
import { type PackBase, packImage } from '../../cli/image/pack-image.ts';
import { readImage } from '../../cli/image/read-image.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import { connectDocker } from '../../runtime/platform/docker/connect-docker.ts';
import { findBusybox } from '../helpers/busybox-root.ts';
import { testCtx } from '../helpers/ctx.ts';
import { type DockerDaemon, hasDocker, startDocker } from '../helpers/docker.ts';
import { fileEntry, layerSource, owner, symlinkEntry } from '../helpers/layer-sources.ts';
import { MemoryStore } from '../helpers/memory-store.ts';
import { describeWith } from '../helpers/requires.ts';

const platform = parsePlatform(process.arch === 'x64' ? 'amd64' : process.arch);
const ref = parseImageRef('registry.example/team/app');
const busybox = await findBusybox();

let daemon: DockerDaemon;
let folder: string;
let store: MemoryStore;
let base: PackBase;

async function openBase(): Promise<void> {
  store = new MemoryStore();
  const program = { kind: 'path', path: busybox ?? '' } as const;
  const { size } = await stat(busybox ?? '');
  const file: LayerEntry = {
    kind: 'file',
    path: Buffer.from('bin/busybox'),
    mode: 0o755,
    uid: 0,
    gid: 0,
    size,
    content: program,
  };
  const root = layerSource([
    file,
    symlinkEntry('bin/sh', 'busybox'),
    symlinkEntry('bin/cat', 'busybox'),
    symlinkEntry('bin/stat', 'busybox'),
  ]);
  await pack({ destination: store, layers: [root], base: { kind: 'scratch', platform }, tag: 'base' });
  const image = await readImage({ store, reference: 'base', platform, name: 'base' }, testCtx());
  if (image === undefined) throw new Error('There is no base');
  base = { kind: 'image', name: 'registry.example/base:v1', image, store, ref: null };
}

interface Packing {
  readonly destination: ImageStore;
  readonly layers: readonly LayerSource[];
  readonly tag: string;
  readonly base?: PackBase;
}

async function pack({ destination, layers, tag, ...more }: Packing) {
  const scratch = await mkdtemp(join(folder, 'scratch-'));
  const changes = { user: '1001:0', cmd: ['sh', '-c', 'stat -c "%n %a %u:%g" /app /app/file && cat /app/file'] };
  return packImage({ base, layers, destination, tags: [tag], scratch, changes, ...more }, testCtx());
}

function appLayer(content: string): LayerSource {
  const directory = { kind: 'directory', path: Buffer.from('app'), mode: 0o775, ...owner } as const;
  return layerSource([directory, fileEntry('app/file', content, 0o664)]);
}

/** What would be done with bytes, as a dry run says it. */
async function foresee(layers: readonly LayerSource[]) {
  const destination = createDaemonStore({ docker: daemon.docker, ref, isDry: true });
  return (await pack({ destination, layers, tag: 'dry' })).traffic;
}

/** What a container of the image prints. */
async function outputOf(docker: Docker, image: string): Promise<string> {
  const container = await docker.createContainer({ Image: image, Tty: true, HostConfig: { NetworkMode: 'none' } });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  await container.start();
  const output = await text(stream as unknown as Readable);
  await container.remove({ force: true });
  return output.replaceAll('\r', '');
}

/** A store that counts the bytes a destination opens. */
function counting(destination: ImageStore): ImageStore & { readonly sent: () => number } {
  let sent = 0;
  return {
    ...destination,
    sent: () => sent,
    putBlob: (blob, ctx) => {
      const open: BlobSource['open'] = async (inner) => {
        const bytes = await buffer(await blob.open(inner));
        if (blob.descriptor.mediaType.includes('layer')) sent += bytes.length;
        return Readable.from([bytes]);
      };
      return destination.putBlob({ ...blob, open }, ctx);
    },
  };
}

describeWith('docker', busybox !== undefined && (await hasDocker()))('a Docker daemon', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-load-'));
    daemon = await startDocker();
    await openBase();
  });
  afterAll(async () => {
    await daemon?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it('loads an image and runs it, with owners and modes', async () => {
    const { docker } = daemon;
    const foreseen = await foresee([appLayer('hello')]);
    expect(await docker.listImages()).toEqual([]);
    const destination = counting(createDaemonStore({ docker, ref }));
    const packed = await pack({ destination, layers: [appLayer('hello')], tag: 'v1' });
    expect(await outputOf(docker, 'registry.example/team/app:v1')).toBe('/app 775 1001:0\n/app/file 664 1001:0\nhello');
    expect(foreseen).toEqual(packed.traffic);
    expect((await docker.getImage('registry.example/team/app:v1').inspect()).Id).toBe(packed.configDigest);
    expect(destination.sent()).toBeGreaterThan(100_000);
  });

  it('sends no layer that the daemon has', async () => {
    const { docker } = daemon;
    const destination = counting(createDaemonStore({ docker, ref }));
    const foreseen = await foresee([appLayer('hello again')]);
    const packed = await pack({ destination, layers: [appLayer('hello again')], tag: 'v2' });
    expect(foreseen).toEqual(packed.traffic);
    expect(await outputOf(docker, 'registry.example/team/app:v2')).toContain('hello again');
    expect(destination.sent()).toBe(packed.layers[0]?.bytes);
    const [layer] = (base.kind === 'image' && base.image.manifest.layers) || [];
    expect(packed.traffic.reusedBytes).toBe(layer?.size);
  });

  it('gives an image that is there another name only', async () => {
    const { docker } = daemon;
    const destination = counting(createDaemonStore({ docker, ref }));
    const packed = await pack({ destination, layers: [appLayer('hello')], tag: 'v3' });
    expect(destination.sent()).toBe(0);
    expect((await docker.getImage('registry.example/team/app:v3').inspect()).Id).toBe(packed.configDigest);
  });

  it('sends all of it to a daemon that wants all', async () => {
    const { docker } = daemon;
    const inspected: unknown[] = [];
    // One with containerd's store refuses an archive with layers missing.
    const picky = new Proxy(docker, {
      get: (target, key, receiver) =>
        key === 'loadImage' && inspected.push(key) === 1
          ? async (archive: Readable) => {
              await buffer(archive);
              return Readable.from([
                '{"errorDetail":{"message":"no \\"such\\" file"},"error":"no \\"such\\" file"}\r\n',
              ]);
            }
          : Reflect.get(target, key, receiver),
    });
    const destination = counting(createDaemonStore({ docker: picky, ref }));
    await pack({ destination, layers: [appLayer('all of it')], tag: 'v4' });
    expect(inspected.length).toBe(2);
    expect(await outputOf(docker, 'registry.example/team/app:v4')).toContain('all of it');
  });

  it('says what the daemon says of a layer with other bytes than its hash', async () => {
    const { docker } = daemon;
    const destination = createDaemonStore({ docker, ref });
    const broken: ImageStore = {
      ...destination,
      putBlob: (blob, ctx) => {
        const isConfig = blob.descriptor.mediaType.includes('config');
        const bytes = Buffer.alloc(blob.descriptor.size);
        return destination.putBlob(isConfig ? blob : { ...blob, open: async () => Readable.from([bytes]) }, ctx);
      },
    };
    await expect(pack({ destination: broken, layers: [appLayer('broken')], tag: 'v5' })).rejects.toMatchObject({
      code: 'IMAGE_LOAD_FAILED',
      message: expect.stringMatching(/^Cannot load "registry.example\/team\/app:v5" into the Docker daemon: ./),
    });
  });

  it('ends with the error of what it was to send', async () => {
    const { docker } = daemon;
    const destination = createDaemonStore({ docker, ref });
    const failing: ImageStore = {
      ...destination,
      putBlob: (blob, ctx) => {
        const open = () => Promise.reject(new Error('the base is gone'));
        return destination.putBlob(blob.descriptor.mediaType.includes('config') ? blob : { ...blob, open }, ctx);
      },
    };
    await expect(pack({ destination: failing, layers: [appLayer('failing')], tag: 'v6' })).rejects.toThrow(
      'the base is gone',
    );
    await expect(docker.getImage('registry.example/team/app:v6').inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('is found by DOCKER_HOST', async () => {
    const docker = await connectDocker({ DOCKER_HOST: daemon.host }, testCtx());
    expect((await docker.listImages()).length).toBeGreaterThan(0);
  });
});

describe('connectDocker()', () => {
  it.each([
    ['unix:///nowhere/docker.sock', /Cannot reach the Docker daemon at "unix:\/\/\/nowhere\/docker.sock": ENOENT/],
    ['tcp://127.0.0.1:1', /ECONNREFUSED/],
    ['127.0.0.1:1', /ECONNREFUSED/],
    ['npipe:////./pipe/docker', /Cannot read DOCKER_HOST/],
    ['tcp://', /Cannot read DOCKER_HOST/],
  ])('says of DOCKER_HOST %s that nobody is there', async (host, message) => {
    await expect(connectDocker({ DOCKER_HOST: host }, testCtx())).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      message: expect.stringMatching(message),
    });
  });

  it('says that certificates are missing', async () => {
    const env = { DOCKER_HOST: 'tcp://127.0.0.1:2376', DOCKER_CERT_PATH: '/nowhere' };
    await expect(connectDocker(env, testCtx())).rejects.toMatchObject({
      code: 'DOCKER_UNREACHABLE',
      hint: expect.stringContaining('ca.pem'),
    });
  });

  it('rejects with the reason of an abort', async () => {
    const ctx = testCtx();
    ctx.abort(new Error('enough'));
    await expect(connectDocker({ DOCKER_HOST: 'unix:///nowhere' }, ctx)).rejects.toThrow('enough');
  });
});
