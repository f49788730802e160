import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Descriptor } from '../../../../../cli/image/descriptor.ts';
import { digestOf } from '../../../../../cli/image/digest.ts';
import type { BlobSource, ImageStore } from '../../../../../cli/image/image-store.ts';
import { createRegistries, type RegistriesDeps } from '../../../../../cli/image/registry/registries.ts';
import type { RepositoryOptions } from '../../../../../cli/image/registry/repository.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../../../../helpers/scripted-server.ts';

export interface Tested extends AsyncDisposable {
  readonly server: ScriptedServer;
  readonly store: ImageStore;
  /** Every pause that was made, in milliseconds; none took any time. */
  readonly pauses: readonly number[];
}

export interface TestedOptions extends Partial<Omit<RegistriesDeps, 'env' | 'home'>>, RepositoryOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Of an auth file, by host; `$HOST` is the registry. */
  readonly auths?: Readonly<Record<string, object>>;
  /** Instead of the server's own. */
  readonly registry?: string;
}

/** A scripted registry and the store of its repository `app`. */
export async function testRegistry(script: Script, options: TestedOptions = {}): Promise<Tested> {
  const { tls, auths = {}, access, mountFrom, registry, limits, ...deps } = options;
  const server = await startScriptedServer({ 'GET /v2/': 200, ...script }, tls);
  const home = await mkdtemp(join(tmpdir(), 'hibana-registry-'));
  const authFile = join(home, 'auth.json');
  await writeFile(authFile, JSON.stringify({ auths }).replaceAll('$HOST', server.host));
  const pauses: number[] = [];
  const pause = async (ms: number): Promise<void> => void pauses.push(ms);
  const registries = createRegistries({ env: {}, home, authFile, ...deps, limits: { pause, ...limits } });
  const ref = { registry: registry ?? server.host, repository: 'app' };
  return {
    server,
    store: registries.store(ref, { ...(access && { access }), ...(mountFrom && { mountFrom }) }),
    pauses,
    [Symbol.asyncDispose]: async () => {
      await registries[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(home, { recursive: true });
    },
  };
}

export const BYTES = Buffer.from('the bytes of a layer, '.repeat(10_000));
export const DIGEST = digestOf(BYTES);
export const LAYER: Descriptor = {
  mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  digest: DIGEST,
  size: BYTES.length,
};
export const UPLOADS = '/v2/app/blobs/uploads/';
export const UPLOAD = `${UPLOADS}1`;
/** A registry that begins uploads, takes them and lets them be deleted. */
export const TAKES_UPLOADS: Script = {
  [`POST ${UPLOADS}`]: { status: 202, headers: { location: `${UPLOAD}?_state=a%3Db` } },
  [`PATCH ${UPLOAD}`]: { status: 202, headers: { location: `${UPLOAD}?_state=next` } },
  [`PUT ${UPLOAD}`]: 201,
  [`DELETE ${UPLOAD}`]: 204,
};

/** Too many to be read before they are sent. */
export const LARGE = Buffer.alloc(2 * 1_024 * 1_024, 'large ');

export interface CountedSource extends BlobSource {
  readonly opened: () => number;
}

/** A blob with a source that counts how often it was opened. */
export function blobOf(bytes: Buffer = BYTES, over: Partial<BlobSource> = {}): CountedSource {
  let opened = 0;
  return {
    descriptor: { ...LAYER, digest: digestOf(bytes), size: bytes.length },
    open: async () => {
      opened += 1;
      return Readable.from([bytes.subarray(0, 1_000), bytes.subarray(1_000)]);
    },
    opened: () => opened,
    ...over,
  };
}
