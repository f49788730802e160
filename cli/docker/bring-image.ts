import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { isDigest, parseImageRef } from '../../runtime/core/image-ref.ts';
import { dockerError, NOT_FOUND, statusOf } from '../../runtime/platform/docker/docker-errors.ts';
import { imagePlace, type PlaceDeps } from '../builder/image-place.ts';
import { createDaemonStore } from '../image/daemon/daemon-store.ts';
import type { Platform } from '../image/descriptor.ts';
import { packImage } from '../image/pack-image.ts';
import { readImage } from '../image/read-image.ts';

export interface ImageToBring {
  /** `registry.example/team/app@sha256:…`, `oci:DIR[:TAG]`, or whatever the daemon has. */
  readonly name: string;
  readonly platform: Platform;
  readonly docker: Docker;
  readonly places: PlaceDeps;
  /** A folder for what is made on the way. */
  readonly scratch: string;
  /** `localhost/hibana-deploy/etl:new`: its name in the daemon where it is brought. Default one by its digest. */
  readonly keepAs?: string | undefined;
}

/** Under a name that says what it is for: whoever cleans up finds it. */
const REPOSITORY = 'localhost/hibana-image';
const TAG_DIGITS = 20;

/** The id of an image in a daemon, which gets it from where we read it, with our logins, where it does not have it.
 *  @throws {ToolError} IMAGE_NOT_FOUND, IMAGE_NAME_INVALID, REGISTRY_…, DOCKER_UNREACHABLE */
export async function bringImage(
  { name, platform, docker, places, scratch, keepAs }: ImageToBring,
  ctx: Ctx,
): Promise<string> {
  const there = await findImageId(docker, name, ctx);
  if (there !== undefined) return there;
  if (isDigest(name))
    throw new ToolError('IMAGE_NOT_FOUND', `Cannot find the image "${name}": the daemon has none of this id`);
  const place = imagePlace(name, places);
  const { store, reference, ref, publicName } = place;
  const image = await readImage({ store, reference, platform, name }, ctx);
  if (image === undefined) throw new ToolError('IMAGE_NOT_FOUND', `Cannot find the image "${name}"`);
  const digits = image.descriptor.digest.slice('sha256:'.length, 'sha256:'.length + TAG_DIGITS);
  const local = keepAs ?? `${REPOSITORY}:${digits}`;
  const before = await findImageId(docker, local, ctx);
  if (before !== undefined) return before;
  ctx.emit({ type: 'step-progress', step: 'push', doing: `brings ${publicName} to the Docker daemon` });
  const base = { image, store, ref, kind: 'image', name: publicName } as const;
  const { tag, ...own } = parseImageRef(local);
  const destination = createDaemonStore({ docker, ref: own });
  // Its steps are not those of the run.
  const quiet = { ...ctx, emit: () => {} };
  const packed = await packImage({ base, layers: [], changes: {}, destination, tags: [tag ?? digits], scratch }, quiet);
  return (await findImageId(docker, local, ctx)) ?? packed.configDigest;
}

/** The id that the daemon knows an image by; `undefined` when it has none of this name. */
export async function findImageId(docker: Docker, name: string, ctx: Ctx): Promise<string | undefined> {
  if (name.startsWith('oci:')) return undefined;
  try {
    const { Id: id } = await docker.getImage(name).inspect();
    ctx.signal.throwIfAborted();
    return id;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (statusOf(error) === NOT_FOUND) return undefined;
    throw dockerError(error, `look for the image "${name}"`);
  }
}
