import type { Layout } from '../../core/app.ts';

/** An image as the daemon has it, and what is known of its inside. */
export interface ContainerImage {
  /** `sha256:…`: what a tag means may change. */
  readonly id: string;
  /** As people call it. */
  readonly name: string;
  /** Who runs in its containers: numbers, never root. */
  readonly user: ContainerUser;
  readonly layout: Layout;
  /** An exact release. */
  readonly spark: string;
  /** The version of its Python; `null` where it is not known. */
  readonly python: string | null;
}

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
}

/** The user of every image of hibana. */
const USUAL: ContainerUser = { uid: 1001, gid: 0 };

/** Who runs in the containers of an image that says this of its user: anybody with a number but root; where it is root, or a name that means what the
 *  image says it means, the user of hibana's own images. */
export function containerUser(said: string): ContainerUser {
  const [, uid = '0', gid = '0'] = /^(\d{1,10})(?::(\d{1,10}))?$/.exec(said) ?? [];
  return Number(uid) === 0 ? USUAL : { uid: Number(uid), gid: Number(gid) };
}
