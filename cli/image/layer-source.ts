import type { Readable } from 'node:stream';
import type { Ctx } from '../../runtime/core/context.ts';

/** Whose a file is, and what may be done with it. */
export interface Attributes {
  /** Permission bits: what is above 0o7777 is nobody's. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

interface AttributedPath extends Attributes {
  /** Relative, without a leading `./` or a trailing `/`; bytes, because a file's name need be no UTF-8. */
  readonly path: Buffer;
}

/** Where the bytes of a file are. A file of this machine is named, not opened: a layer may have 50,000, and a stream each costs more than they do. */
export type FileContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** A regular file, never reached through a symbolic link at its end. */
  | { readonly kind: 'path'; readonly path: string | Buffer }
  | { readonly kind: 'stream'; readonly open: () => Readable };

export type FileEntry = AttributedPath & {
  readonly kind: 'file';
  readonly size: number;
  readonly content: FileContent;
};

/** One entry of a layer. Sockets and devices have none. */
export type LayerEntry =
  | (AttributedPath & { readonly kind: 'directory' })
  | FileEntry
  | (AttributedPath & { readonly kind: 'symlink'; readonly target: Buffer })
  /** To a file of the same layer, before this one in the order of bytes. */
  | (AttributedPath & { readonly kind: 'hardlink'; readonly target: Buffer })
  /** The path is that of what is deleted from the layers below. */
  | { readonly kind: 'whiteout'; readonly path: Buffer };

export type LayerKind =
  | 'root'
  | 'java'
  | 'spark'
  | 'natives'
  | 'tools'
  /** Users, folders and scripts of a builder. */
  | 'system'
  | 'scripts'
  /** This program itself. */
  | 'program'
  | 'dependencies'
  | 'packages'
  | 'app'
  | 'launcher'
  | 'assemble'
  /** What a Docker daemon put onto a builder. */
  | 'extension';

/** A directory tree that becomes one layer of an image. */
export interface LayerSource {
  readonly kind: LayerKind;
  /** Two sources of one key have the same content: an image that has it gives its layer, and `entries` is never called. `null` where nobody
   *  can say so without reading. */
  readonly key: string | null;
  /** For the image's history: one line for people. */
  readonly createdBy: string;
  /** In any order, each path once. Parents that are not named get the attributes that `parents` says. May be read twice. */
  entries(ctx: Ctx): AsyncIterable<LayerEntry>;
  /** Directories that the base has, by path: a layer that names them again must give them the attributes they have there. */
  readonly parents: Readonly<Record<string, Attributes>>;
}

/** What a layer became. */
export interface Layer {
  readonly kind: LayerKind;
  readonly key: string | null;
  /** The digest of the uncompressed archive. */
  readonly diffId: string;
  /** Of the compressed one. */
  readonly digest: string;
  readonly bytes: number;
}
