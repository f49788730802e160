import * as z from 'zod/mini';
import { ToolError } from '../../runtime/core/errors.ts';
import { isDigest } from '../../runtime/core/image-ref.ts';
import { parseJson, sortKeys } from './json.ts';

/** How a container of an image starts. Fields that are not here are kept as they are. */
export interface ContainerConfig {
  readonly User?: string;
  /** `8080/tcp` → `{}`. */
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  /** `NAME=value`. */
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Volumes?: Readonly<Record<string, unknown>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
}

export interface HistoryEntry {
  readonly created?: string;
  readonly created_by?: string;
  readonly author?: string;
  readonly comment?: string;
  /** Of a step that made no layer. */
  readonly empty_layer?: boolean;
}

/** The configuration of an image. Source: OCI image-spec, config.md. */
export interface ImageConfig {
  readonly created?: string;
  readonly author?: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly os: string;
  readonly config?: ContainerConfig;
  /** The digests of the uncompressed layers, the lowest first: as many as the manifest has layers, in the same order. */
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] };
  readonly history?: readonly HistoryEntry[];
}

/** Reads a configuration. What Docker's old builder left of itself (the container it used, its parent, its version) is dropped: it says nothing
 *  of the image and differs from build to build. `name` is what errors call the image.
 *  @throws {ToolError} MANIFEST_INVALID */
export function parseImageConfig(bytes: Uint8Array, name: string): ImageConfig {
  const parsed = ConfigSchema.safeParse(parseJson(bytes));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw new ToolError(
      'MANIFEST_INVALID',
      `Cannot read the configuration of "${name}": ${path === '' ? 'it is no JSON object' : `"${path}" is missing, or not what it must be`}`,
    );
  }
  const { config, ...rest } = without(parsed.data, LEFTOVERS);
  return config === undefined ? rest : { ...rest, config: without(config, CONTAINER_LEFTOVERS) };
}

/** The bytes of a configuration, the same for the same content: keys in a fixed order, those of records sorted, without a space. */
export function renderImageConfig(image: ImageConfig): Buffer {
  const { created, author, architecture, variant, os, config, rootfs, history, ...rest } = image;
  const { type, diff_ids } = rootfs;
  const document = {
    created,
    author,
    architecture,
    variant,
    os,
    ...sortKeys(rest),
    config: orderContainer(config ?? {}),
    rootfs: { type, diff_ids },
    history: history?.map(orderHistory),
  };
  return Buffer.from(JSON.stringify(document));
}

const text = z.exactOptional(z.string());
const texts = z.exactOptional(z.array(z.string()));

const ContainerSchema = z.looseObject({
  User: text,
  ExposedPorts: z.exactOptional(z.record(z.string(), z.unknown())),
  Env: texts,
  Entrypoint: texts,
  Cmd: texts,
  Volumes: z.exactOptional(z.record(z.string(), z.unknown())),
  WorkingDir: text,
  Labels: z.exactOptional(z.record(z.string(), z.string())),
  StopSignal: text,
});

const HistorySchema = z.looseObject({
  created: text,
  created_by: text,
  author: text,
  comment: text,
  empty_layer: z.exactOptional(z.boolean()),
});

const ConfigSchema = z.looseObject({
  created: text,
  author: text,
  architecture: z.string(),
  variant: text,
  os: z.string(),
  config: z.exactOptional(ContainerSchema),
  rootfs: z.looseObject({
    type: z.literal('layers'),
    diff_ids: z.array(z.string().check(z.refine(isDigest))),
  }),
  history: z.exactOptional(z.array(HistorySchema)),
});

const LEFTOVERS = [
  'container',
  'container_config',
  'docker_version',
  'id',
  'parent',
  'throwaway',
  // What BuildKit says of the build of the base is not true of what is made from it.
  'moby.buildkit.buildinfo.v1',
  'moby.buildkit.cache.v0',
];
const CONTAINER_LEFTOVERS = [
  'Hostname',
  'Domainname',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'Image',
];

function without<T extends object>(value: T, keys: readonly string[]): T {
  const kept = Object.entries(value).filter(([key]) => !keys.includes(key));
  // Of what is dropped the type knows nothing.
  return Object.fromEntries(kept) as T;
}

function orderContainer(config: ContainerConfig): ContainerConfig {
  const { User, ExposedPorts, Env, Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal, ...rest } = config;
  return {
    ...(User !== undefined && { User }),
    ...(ExposedPorts && { ExposedPorts: sortKeys(ExposedPorts) }),
    ...(Env && { Env }),
    ...(Entrypoint && { Entrypoint }),
    ...(Cmd && { Cmd }),
    ...(Volumes && { Volumes: sortKeys(Volumes) }),
    ...(WorkingDir !== undefined && { WorkingDir }),
    ...(Labels && { Labels: sortKeys(Labels) }),
    ...(StopSignal !== undefined && { StopSignal }),
    ...sortKeys(rest),
  };
}

function orderHistory({ created, created_by, author, comment, empty_layer, ...rest }: HistoryEntry): HistoryEntry {
  return {
    ...(created !== undefined && { created }),
    ...(created_by !== undefined && { created_by }),
    ...(author !== undefined && { author }),
    ...(comment !== undefined && { comment }),
    ...(empty_layer && { empty_layer }),
    ...sortKeys(rest),
  };
}
