import type { Readable, Writable } from 'node:stream';
import type { Ctx } from '../../../runtime/core/context.ts';

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

/** A container that was made for one step of a build. Disposing ends and deletes it, whatever it does. */
export interface BuildContainer extends AsyncDisposable {
  /** Its standard input; ending it is its end. */
  readonly input: Writable;
  /** The status it ended with. */
  readonly ended: Promise<number>;
  /** Of a container that has ended. */
  changes(ctx: Ctx): Promise<readonly ContainerChange[]>;
  /** An archive of a file or a folder, as it was left; `undefined` where there is none. */
  archive(path: string, ctx: Ctx): Promise<Readable | undefined>;
}

/** Where builders run: a Docker daemon. */
export interface ContainerHost {
  /** Resolves when it runs. `onOutput` gets what it writes, both streams, line by line.
   *  @throws {ToolError} DOCKER_UNREACHABLE, IMAGE_NOT_FOUND, CONTAINER_FAILED; what was made so far is deleted. */
  start(spec: ContainerSpec, onLine: (line: string) => void, ctx: Ctx): Promise<BuildContainer>;
}
