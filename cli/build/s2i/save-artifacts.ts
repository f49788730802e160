import { join, posix } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import type { KeptImage } from '../../image/pack/make-layer.ts';
import type { BuildContainer, BuildContainers, ContainerSpec } from './build-container.ts';
import type { BuilderContract } from './builder-contract.ts';
import type { Script } from './find-scripts.ts';
import { sendInput } from './send-input.ts';
import { contentStream, type SpooledEntry, spoolArchive } from './spool-archive.ts';

export interface ArtifactsRequest {
  /** `undefined`: there is nothing to do. */
  readonly script: Script | undefined;
  /** The image that was built before. */
  readonly previous: KeptImage | null;
  readonly contract: BuilderContract;
  readonly common: Pick<ContainerSpec, 'name' | 'labels' | 'network' | 'memoryBytes' | 'millicores'>;
  /** For what it gives: needed until it is sent. */
  readonly scratch: string;
}

/** What `save-artifacts` finds in an image that was built before, as entries for `artifacts`. Its failure is told, and nothing is saved: the build goes on
 *  without, as it would have the first time. Only files, folders and links that stay inside are taken.
 *  Rejects with `signal.reason` on abort. */
export async function saveArtifacts(
  request: ArtifactsRequest,
  containers: BuildContainers,
  ctx: Ctx,
): Promise<readonly LayerEntry[]> {
  const { script, previous } = request;
  if (script === undefined || previous === null) return [];
  try {
    await using image = await containers.loadOnce(previous, ctx);
    return await artifactsOf(image.name, script, request, containers, ctx);
  } catch (error) {
    ctx.signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    ctx.emit({ type: 'notice', level: 'warning', message: `Builds without the artifacts of the image before: ${why}` });
    return [];
  }
}

/** The archive goes into a file of the container: its output is for people. */
const SAVED = '/tmp/.hibana-artifacts.tar';
const RECEIVE = ['set -eu', 'IFS= read -r empty', 'tar -C "$1" -xf -', `exec "$2" >${SAVED}`].join('\n');

async function artifactsOf(
  image: string,
  script: Script,
  { contract, common, scratch }: ArtifactsRequest,
  containers: BuildContainers,
  ctx: Ctx,
): Promise<readonly LayerEntry[]> {
  const { destination } = contract;
  const path = script.kind === 'image' ? script.path : posix.join(destination, 'scripts', script.name);
  const spec: ContainerSpec = {
    ...{ ...common, name: `${common.name}-artifacts`, image, env: [], user: contract.assembleUser },
    ...{ command: ['/bin/sh', '-c', RECEIVE, 'save-artifacts', destination, path], memoryFolders: [], uploads: [] },
  };
  const onLine = (line: string): void => ctx.emit({ type: 'log', step: 'assemble', line });
  await using container = await containers.start(spec, onLine, ctx);
  await sendInput(container.input, { assemble: script, alsoUpload: [], source: [], secrets: {} }, ctx);
  const status = await container.ended;
  ctx.signal.throwIfAborted();
  if (status !== 0) throw new Error(`save-artifacts ended with status ${status}`);
  return await unpack(container, scratch, ctx);
}

async function unpack(container: BuildContainer, scratch: string, ctx: Ctx): Promise<readonly LayerEntry[]> {
  const outer = await container.archive(SAVED, ctx);
  if (outer === undefined) return [];
  const wanted = { folder: posix.dirname(SAVED), isFolderAlone: false, spool: join(scratch, 'saved') };
  const saved = (await spoolArchive(outer, wanted, ctx)).get(SAVED);
  if (saved?.kind !== 'file' || saved.size === 0) return [];
  const inner = { folder: ARTIFACTS, isFolderAlone: false, spool: join(scratch, 'artifacts') };
  const entries = await spoolArchive(contentStream(saved.content), inner, ctx);
  return [...entries].flatMap(([path, entry]) => entryAt(path, entry));
}

const ARTIFACTS = '/artifacts';

function entryAt(path: string, entry: SpooledEntry): readonly LayerEntry[] {
  if (!path.startsWith(`${ARTIFACTS}/`) || entry.kind === 'special') return [];
  const { mode, uid, gid } = entry;
  const common = { path: Buffer.from(path.slice(1)), mode: mode & 0o777, uid, gid };
  switch (entry.kind) {
    case 'directory':
      return [{ kind: 'directory', ...common }];
    case 'file':
      return [{ kind: 'file', ...common, size: entry.size, content: entry.content }];
    case 'symlink':
      return [{ kind: 'symlink', ...common, target: Buffer.from(entry.target) }];
    case 'hardlink':
      return entry.target.startsWith(`${ARTIFACTS}/`)
        ? [{ kind: 'hardlink', ...common, target: Buffer.from(entry.target.slice(1)) }]
        : [];
  }
}
