import type { Readable } from 'node:stream';
import type { Ctx } from '../../runtime/core/context.ts';

interface EntryAttributes {
  /** Relative, without a leading `./` or a trailing `/`; bytes, because a file's name need be no UTF-8. */
  readonly path: Buffer;
  /** Permission bits: what is above 0o7777 is nobody's. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** One entry of a layer. Sockets and devices have none. */
export type LayerEntry =
  | (EntryAttributes & { readonly kind: 'directory' })
  | (EntryAttributes & { readonly kind: 'file'; readonly size: number; readonly open: () => Readable })
  | (EntryAttributes & { readonly kind: 'symlink'; readonly target: Buffer })
  /** To a file of the same layer, named before this one in the order of the layer. */
  | (EntryAttributes & { readonly kind: 'hardlink'; readonly target: Buffer })
  /** The path is that of what is deleted from the layers below. */
  | { readonly kind: 'whiteout'; readonly path: Buffer };

export type LayerKind = 'java' | 'spark' | 'tools' | 'dependencies' | 'packages' | 'app' | 'launcher' | 'assemble';

/** A directory tree that becomes one layer of an image. */
export interface LayerSource {
  readonly kind: LayerKind;
  /** Two sources of one key have the same content: an image that has it gives its layer, and `entries` is never called. `null` where nobody
   *  can say so without reading. */
  readonly key: string | null;
  /** For the image's history: one line for people. */
  readonly createdBy: string;
  /** In any order, each path once. Parents that are not named get the attributes that `parents` says. */
  entries(ctx: Ctx): AsyncIterable<LayerEntry>;
  /** Directories that the base has, by path: a layer that names them again must give them the attributes they have there. */
  readonly parents: Readonly<Record<string, { readonly mode: number; readonly uid: number; readonly gid: number }>>;
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
