import { join, posix } from 'node:path';
import { awakeTimeout } from '../../../runtime/core/awake-timeout.ts';
import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import { originalError } from '../../../runtime/core/errors.ts';
import { orderEntries } from '../../image/layer/order-entries.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import type { KeptImage } from '../../image/pack/make-layer.ts';
import type { BuildContainer, BuildContainers, ContainerSpec } from './build-container.ts';
import type { Script } from './find-scripts.ts';
import { runScript } from './run-script.ts';
import { contentStream, type SpooledEntry, spoolArchive } from './spool-archive.ts';

export interface ArtifactsRequest {
  /** `undefined`: there is nothing to do. */
  readonly script: Script | undefined;
  /** The image that was built before. */
  readonly previous: KeptImage | null;
  /** Where the builder's scripts are, and what they save. */
  readonly destination: string;
  /** Who runs assemble, and so this: a name or number; empty: root. Not the user of the image before, who may be another. */
  readonly user: string;
  /** For all that its container does. */
  readonly timeoutMs: number;
  readonly common: Pick<ContainerSpec, 'name' | 'labels' | 'network' | 'memoryBytes' | 'millicores'>;
  /** For what it gives: needed until it is sent. */
  readonly scratch: string;
}

/** What `save-artifacts` finds in an image that was built before, as entries for `artifacts`. Its failure, an archive that is no good and a
 *  script that does not end in time are told, and nothing is saved: the build goes on without, as it would have the first time. Only files, folders and
 *  links are taken.
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
    return await withinTime(request.timeoutMs, ctx, (inner) =>
      artifactsOf(image.name, script, request, containers, inner),
    );
  } catch (error) {
    ctx.signal.throwIfAborted();
    const first = originalError(error);
    const why = first instanceof Error ? first.message : String(first);
    ctx.emit({ type: 'notice', level: 'warning', message: `Builds without the artifacts of the image before: ${why}` });
    return [];
  }
}

async function withinTime<T>(ms: number, ctx: Ctx, work: (inner: Ctx) => Promise<T>): Promise<T> {
  using deadline = awakeTimeout(ms);
  try {
    return await work(withSignal(ctx, AbortSignal.any([ctx.signal, deadline.signal])));
  } catch (error) {
    if (!deadline.signal.aborted) throw error;
    throw new Error(`save-artifacts did not end within ${Math.round(ms / 1_000)} s`, { cause: error });
  }
}

/** The archive goes into a file of the container: its output is for people. */
const SAVED = '/tmp/.hibana-artifacts.tar';
const ROOT = '0';

async function artifactsOf(
  image: string,
  script: Script,
  { destination, user, common, scratch, timeoutMs }: ArtifactsRequest,
  containers: BuildContainers,
  ctx: Ctx,
): Promise<readonly LayerEntry[]> {
  const container = {
    ...{ ...common, name: `${common.name}-artifacts`, image, env: [], user: user === '' ? ROOT : user },
    uploads: [],
  };
  const input = { assemble: script, alsoUpload: [], source: [], secrets: {}, variables: {} };
  const run = { name: 'save-artifacts', script, container, destination, input, output: SAVED } as const;
  const onLine = (line: string): void => ctx.emit({ type: 'log', step: 'assemble', line });
  await using ended = await runScript({ ...run, withinMs: timeoutMs }, containers, onLine, ctx);
  const { status } = ended;
  if (status !== 0) throw new Error(`save-artifacts ended with status ${status}`);
  return await unpack(ended.container, scratch, ctx);
}

async function unpack(container: BuildContainer, scratch: string, ctx: Ctx): Promise<readonly LayerEntry[]> {
  const wanted = { folder: posix.dirname(SAVED), isFolderAlone: false, spool: join(scratch, 'saved') };
  const outer = await container.readArchive(SAVED, (archive) => spoolArchive(archive, wanted, ctx), ctx);
  const saved = outer?.get(SAVED);
  if (saved?.kind !== 'file' || saved.size === 0) return [];
  const inner = { folder: ARTIFACTS, isFolderAlone: false, spool: join(scratch, 'artifacts') };
  const spooled = await spoolArchive(contentStream(saved.content), inner, ctx);
  const entries = [...spooled].flatMap(([path, entry]) => entryAt(path, entry, spooled));
  // What cannot be sent is found out here, where the build can go on without.
  orderEntries(entries, {});
  return entries;
}

const ARTIFACTS = '/artifacts';

function entryAt(path: string, entry: SpooledEntry, spooled: ReadonlyMap<string, SpooledEntry>): readonly LayerEntry[] {
  if (!path.startsWith(`${ARTIFACTS}/`) || entry.kind === 'special' || entry.kind === 'garbled') return [];
  const { mode, uid, gid } = entry;
  const common = { path: relative(path), mode: mode & 0o777, uid, gid };
  switch (entry.kind) {
    case 'directory':
      return [{ kind: 'directory', ...common }];
    case 'file':
      return [{ kind: 'file', ...common, size: entry.size, content: entry.content }];
    case 'symlink':
      return [{ kind: 'symlink', ...common, target: Buffer.from(entry.target) }];
    case 'hardlink': {
      const target = spooled.get(entry.target);
      // A link to a name that comes later, or that is not taken, becomes a file of its own.
      const isBefore = Buffer.compare(Buffer.from(entry.target), Buffer.from(path)) < 0;
      if (target?.kind === 'file' && !(entry.target.startsWith(`${ARTIFACTS}/`) && isBefore)) {
        return [{ kind: 'file', ...common, size: target.size, content: target.content }];
      }
      return [{ kind: 'hardlink', ...common, target: relative(entry.target) }];
    }
  }
}

function relative(path: string): Buffer {
  return Buffer.from(path.slice(1));
}
