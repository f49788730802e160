import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLayoutStore } from '../../../cli/image/layout/layout-store.ts';
import { packImage } from '../../../cli/image/pack-image.ts';
import { readImage } from '../../../cli/image/read-image.ts';
import { foldersFrom } from '../../../runtime/core/folders.ts';
import { testCtx } from '../../helpers/ctx.ts';
import { debianBase } from '../../helpers/debian-base.ts';
import { startDocker } from '../../helpers/docker.ts';
import { type GitServer, startGitServer } from '../../helpers/git-server.ts';
import { fileEntry, layerSource } from '../../helpers/layer-sources.ts';
import { startDockerRegistry } from '../../helpers/registry.ts';
import { startMirror } from '../first-run/mirror.ts';
import { runToEnd } from '../run-to-end.ts';
import { findS2i } from './s2i.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** What both ways to an image share: a registry, a daemon, an index of packages, a git server, two builders of which one is a patch of the other. */
export interface Workshop extends AsyncDisposable {
  readonly server: GitServer;
  readonly registry: string;
  readonly builders: { readonly usual: string; readonly patched: string };
  /** A home of hibana's own, with its tools and nothing of an application. */
  readonly home: string;
  readonly ourEnv: NodeJS.ProcessEnv;
  readonly s2i: string;
  readonly s2iEnv: NodeJS.ProcessEnv;
  readonly indexUrl: string;
}

/** Makes it; what takes minutes (s2i, the base, the builders' parts) is kept in the user's cache. Needs root, dockerd, docker-registry, debootstrap
 *  and Go. */
export async function openWorkshop(say: (line: string) => void, signal: AbortSignal): Promise<Workshop> {
  await using open = new AsyncDisposableStack();
  const kept = join(dirname(foldersFrom(process.env, homedir()).cache), 'hibana-bench');
  const s2i = await findS2i(kept, signal);
  const home = await mkdtemp(join(tmpdir(), 'hibana-bench-build-'));
  open.defer(() => rm(home, { recursive: true, force: true }));
  const mirror = open.use(await startMirror(join(kept, 'mirror')));
  const server = open.use(await startGitServer());
  const { host: registry } = open.use(await startDockerRegistry());
  const docker = open.use(await startDocker());
  const ourEnv = { ...process.env, CI: 'true', UV_DEFAULT_INDEX: mirror.url, HIBANA_HOME: home };
  const s2iEnv = { ...process.env, DOCKER_HOST: docker.host, HOME: home };
  const builders = { usual: `${registry}/builder:1`, patched: `${registry}/builder:2` };
  say('composes the builder and a patch of it');
  const base = await bases(home);
  for (const [index, name] of [builders.usual, builders.patched].entries()) {
    const args = ['builder', 'build', 'python', '--base', `oci:${base}:${index}`, '--image', name];
    // With the user's own cache: what a builder is made of is no part of what is measured.
    await runToEnd({ file: join(root, 'hibana'), args, env: { ...process.env, CI: 'true' } }, signal);
    await runToEnd({ file: 'docker', args: ['pull', name], env: s2iEnv }, signal);
  }
  const owned = open.move();
  return {
    ...{ server, registry, builders, home, ourEnv, s2i, s2iEnv, indexUrl: mirror.url },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A layout with the base under the tag `0`, and with a patch on it under `1`. */
async function bases(home: string): Promise<string> {
  const folder = join(home, 'bases');
  const from = createLayoutStore({ folder: await debianBase(), pid: process.pid });
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const platform = { os: 'linux', architecture };
  const image = await readImage({ store: from, reference: 'base', platform, name: 'base' }, testCtx());
  if (image === undefined) throw new Error('there is no base');
  const destination = createLayoutStore({ folder, pid: process.pid });
  for (const patch of [0, 1]) {
    const layers = [
      layerSource([fileEntry('etc/issue.net', `patch ${patch}\n`)], { kind: 'root', createdBy: 'patch' }),
    ];
    const base = { kind: 'image', image, store: from, ref: null, name: 'base' } as const;
    await packImage({ base, layers, changes: {}, destination, tags: [String(patch)], scratch: home }, testCtx());
  }
  return folder;
}
