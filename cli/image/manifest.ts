import * as z from 'zod/mini';
import { ToolError } from '../../runtime/core/errors.ts';
import { isDigest } from '../../runtime/core/image-ref.ts';
import type { Descriptor } from './descriptor.ts';
import { digestOf } from './digest.ts';
import type { StoredManifest } from './image-store.ts';
import { parseJson, sortKeys } from './json.ts';
import { kindOf, MEDIA_TYPES } from './media-types.ts';

/** One image for one kind of machine. Source: OCI image-spec, manifest.md. */
export interface ImageManifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Several images under one name, one a kind of machine. Source: OCI image-spec, image-index.md. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type ParsedManifest =
  | { readonly kind: 'manifest'; readonly manifest: ImageManifest }
  | { readonly kind: 'index'; readonly index: ImageIndex };

/** Reads what a store gave. Fields that are not known are kept; nulls, which Go writes for what is not there, are not. `name` is what errors call it.
 *  @throws {ToolError} MANIFEST_UNSUPPORTED for Docker's schema 1; MANIFEST_INVALID for what is no manifest, or could be read as two things */
export function parseManifest(stored: StoredManifest, name: string): ParsedManifest {
  const value = parseJson(stored.bytes);
  const body = LooseBody.safeParse(value).data;
  if (body === undefined) throw invalid(name, 'it is no JSON object');
  const said = body.mediaType ?? stored.descriptor.mediaType;
  if (body.schemaVersion === 1 || kindOf(said) === 'schema1') throw schema1(name);
  const hasLayers = 'layers' in body || 'config' in body;
  if (hasLayers && 'manifests' in body) throw invalid(name, 'it is a manifest and an index at once');
  const kind = 'manifests' in body ? 'index' : 'manifest';
  const mediaType = kindOf(said) === kind ? said : MEDIA_TYPES.oci[kind];
  if (kindOf(said) !== kind && body.mediaType !== undefined) throw invalid(name, `it calls itself ${said}`);
  const document = { ...body, mediaType };
  return kind === 'index'
    ? { kind, index: parseAs(IndexSchema, document, name) }
    : { kind, manifest: parseAs(ManifestSchema, document, name) };
}

/** The bytes of a manifest or an index, the same for the same content: keys in a fixed order, without a space. */
export function renderManifest(value: ImageManifest | ImageIndex): StoredManifest {
  const { schemaVersion, mediaType, artifactType, subject, annotations, ...rest } = value;
  const content =
    'manifests' in rest
      ? { manifests: rest.manifests.map(orderDescriptor) }
      : { config: orderDescriptor(rest.config), layers: rest.layers.map(orderDescriptor) };
  const document = {
    schemaVersion,
    mediaType,
    artifactType,
    ...content,
    subject: subject && orderDescriptor(subject),
    annotations: annotations && sortKeys(annotations),
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

const optionalTexts = z.exactOptional(z.record(z.string(), z.string()));

const PlatformSchema = z.looseObject({
  architecture: z.string(),
  os: z.string(),
  variant: z.exactOptional(z.string()),
});

const DescriptorSchema = z.looseObject({
  mediaType: z.string(),
  digest: z.string().check(z.refine(isDigest)),
  size: z.int().check(z.nonnegative()),
  urls: z.exactOptional(z.array(z.string())),
  annotations: optionalTexts,
  artifactType: z.exactOptional(z.string()),
  platform: z.exactOptional(PlatformSchema),
});

const common = {
  schemaVersion: z.literal(2),
  mediaType: z.string(),
  artifactType: z.exactOptional(z.string()),
  subject: z.exactOptional(DescriptorSchema),
  annotations: optionalTexts,
};
const ManifestSchema = z.looseObject({ ...common, config: DescriptorSchema, layers: z.array(DescriptorSchema) });
const IndexSchema = z.looseObject({ ...common, manifests: z.array(DescriptorSchema) });
const LooseBody = z.looseObject({ schemaVersion: z.optional(z.number()), mediaType: z.exactOptional(z.string()) });

function parseAs<T>(schema: z.ZodMiniType<T>, document: object, name: string): T {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  throw invalid(name, `"${parsed.error.issues[0]?.path.join('.') ?? ''}" is missing, or not what it must be`);
}

function orderDescriptor(descriptor: Descriptor): Descriptor {
  const { mediaType, digest, size, urls, annotations, artifactType, platform, ...rest } = descriptor;
  return {
    mediaType,
    digest,
    size,
    ...(urls && { urls }),
    ...(annotations && { annotations: sortKeys(annotations) }),
    ...(artifactType !== undefined && { artifactType }),
    ...(platform && { platform }),
    ...sortKeys(rest),
  };
}

function schema1(name: string): ToolError {
  return new ToolError(
    'MANIFEST_UNSUPPORTED',
    `Cannot read the manifest of "${name}": it is of Docker's schema 1, which has no digest of its configuration`,
    { hint: 'Pull the image and push it again with a current docker or skopeo' },
  );
}

function invalid(name: string, why: string): ToolError {
  return new ToolError('MANIFEST_INVALID', `Cannot read the manifest of "${name}": ${why}`);
}
