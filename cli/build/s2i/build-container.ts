import type { Readable, Writable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';
import type { KeptImage } from '../../image/pack/make-layer.ts';

/** Files for a folder of a container; folders below it are made where they are missing. */
export interface ContainerUpload {
  /** Absolute; the image has it. */
  readonly folder: string;
  readonly archive: () => Readable;
}

/** What a builder runs in. */
export interface ContainerSpec {
  readonly image: string;
  readonly name: string;
  readonly command: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  /** `null`: the image's. */
  readonly user: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Folders in memory alone: nothing that is written there becomes part of an image. */
  readonly memoryFolders: readonly string[];
  /** It has no right that users have not, and can write in `/tmp` alone, which is in memory. */
  readonly isConfined?: boolean;
  /** What is there before it starts. */
  readonly uploads: readonly ContainerUpload[];
  readonly memoryBytes: number | null;
  readonly millicores: number | null;
  /** As in Docker: `bridge`, `none`, `host`. */
  readonly network: string;
}

/** One path of which a container differs from its image. */
export interface ContainerChange {
  readonly path: string;
  readonly kind: 'added' | 'modified' | 'deleted';
}

/** The files of a container. */
export interface ContainerFiles {
  /** Of a container that has ended.
   *  @throws {ToolError} see ContainerHost */
  changes(ctx: Ctx): Promise<readonly ContainerChange[]>;
  /** What `read` makes of an archive of a file or a folder, as it is; `undefined` where there is none. */
  readArchive<T>(path: string, read: (archive: Readable) => Promise<T>, ctx: Ctx): Promise<T | undefined>;
}

/** A container that was made for one step of a build. Disposing ends and deletes it, whatever it does; its daemon deletes it too when it ends. */
export interface BuildContainer extends ContainerFiles, AsyncDisposable {
  /** Its standard input. It ends when whoever started the container does, whatever ends them. */
  readonly input: Writable;
  /** The status it ended with. */
  readonly ended: Promise<number>;
}

/** An image that containers can be made of, under this name. Disposing it takes the name away. */
export interface LoadedImage extends AsyncDisposable {
  readonly name: string;
}

/** A place where builders run, with the images that they are. */
export interface BuildContainers extends ContainerHost {
  /** Brings an image to where containers are, unless it is there; gives its name. It stays: the next build needs it. */
  load(image: KeptImage, ctx: Ctx): Promise<string>;
  /** The same for an image that is needed once. */
  loadOnce(image: KeptImage, ctx: Ctx): Promise<LoadedImage>;
}

/** Where builders run: a Docker daemon. */
export interface ContainerHost {
  /** Resolves when it runs. `onLine` gets what it writes, both streams, line by line.
   *  @throws {ToolError} DOCKER_UNREACHABLE, IMAGE_NOT_FOUND, CONTAINER_FAILED, INJECTION_FAILED for an upload whose folder is not there; what was made
   *  so far is deleted. */
  start(spec: ContainerSpec, onLine: (line: string) => void, ctx: Ctx): Promise<BuildContainer>;
}
