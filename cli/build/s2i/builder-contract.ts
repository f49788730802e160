import { posix } from 'node:path';
import type { ContainerConfig } from '../../image/image-config.ts';

/** What a source-to-image builder says of itself, in the labels and the environment of its image. */
export interface BuilderContract {
  /** Where its scripts are: `image:///usr/libexec/s2i`, a `file://` or `http(s)://` URL; `null` where it does not say. */
  readonly scriptsUrl: string | null;
  /** Where the sources are unpacked: they are in `src` below it. */
  readonly destination: string;
  /** Who runs `assemble`: a name or number, as Docker's `--user`; `null`: the image's user. */
  readonly assembleUser: string | null;
}

const DEFAULT_DESTINATION = '/tmp';

/** Source: the contract of openshift/source-to-image, the labels of today before those of its earlier versions before its variables. */
export function readBuilderContract({ Labels = {}, Env = [] }: ContainerConfig): BuilderContract {
  const env = new Map(Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  const first = (...values: readonly (string | undefined)[]): string | null =>
    values.find((value) => value !== undefined && value !== '') ?? null;
  const scriptsUrl = first(
    Labels['io.openshift.s2i.scripts-url'],
    Labels['io.s2i.scripts-url'],
    env.get('STI_SCRIPTS_URL'),
  );
  const destination = first(
    Labels['io.openshift.s2i.destination'],
    Labels['io.s2i.destination'],
    env.get('STI_LOCATION'),
  );
  return {
    scriptsUrl,
    destination: posix.resolve('/', destination ?? DEFAULT_DESTINATION),
    assembleUser: first(Labels['io.openshift.s2i.assemble-user']),
  };
}
