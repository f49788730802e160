import * as z from 'zod/mini';
import { type ImageRef, parseImageRef } from '../../../runtime/core/image-ref.ts';
import { formatPlatform } from '../../image/choose-platform.ts';
import type { Platform } from '../../image/descriptor.ts';
import type { BuilderFacts } from '../builder-labels.ts';
import { IMAGE_LABELS, OCI_LABELS } from '../image-labels.ts';
import { formatPurl } from './purl.ts';

const HashSchema = z.object({ alg: z.literal('SHA-256'), content: z.string() });
const ReferenceSchema = z.object({
  type: z.literal('distribution'),
  url: z.string(),
  hashes: z.array(HashSchema),
});
const ComponentSchema = z.object({
  type: z.enum(['application', 'container', 'framework', 'library', 'platform']),
  'bom-ref': z.string(),
  group: z.exactOptional(z.string()),
  name: z.string(),
  version: z.exactOptional(z.string()),
  hashes: z.exactOptional(z.array(HashSchema)),
  purl: z.exactOptional(z.string()),
  externalReferences: z.exactOptional(z.array(ReferenceSchema)),
});
const SbomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.literal('1.6'),
  version: z.literal(1),
  metadata: z.object({
    tools: z.object({
      components: z.array(
        z.object({ type: z.literal('application'), name: z.literal('hibana'), version: z.exactOptional(z.string()) }),
      ),
    }),
    component: ComponentSchema,
  }),
  components: z.array(ComponentSchema),
  dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/** The part of CycloneDX 1.6 that is written here. Source: cyclonedx.org/docs/1.6/json. */
export type Sbom = z.infer<typeof SbomSchema>;
export type SbomComponent = z.infer<typeof ComponentSchema>;

export interface SbomFacts {
  /** For one platform, with its labels. */
  readonly image: {
    readonly platform: Platform;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly builder: {
    /** As labels say it. */
    readonly name: string;
    /** `null` where it is in a folder. */
    readonly ref: ImageRef | null;
    /** Of the image for the platform. */
    readonly digest: string;
    readonly facts: Pick<BuilderFacts, 'spark' | 'scala' | 'java' | 'python'>;
  };
  /** The digest of the launcher; `null` where it is not known. */
  readonly launcher: string | null;
  /** What the application needs, beside Spark. */
  readonly packages: readonly SbomComponent[];
}

/** What an image consists of, but for its own source: a commit that changes nothing else has the same bytes, and nothing is uploaded for it. So there is
 *  no serial number, no time, and no digest: what it is attached to says which image it is of. */
export function sbomOf({ image, builder, launcher, packages }: SbomFacts): Sbom {
  const { labels } = image;
  const root = imageComponent(labels[OCI_LABELS.title] ?? 'application', image);
  const base = builderComponent(builder, image.platform);
  const own = launcherComponent(labels[IMAGE_LABELS.tool], launcher);
  const parts = partsOf(builder.facts);
  const needed = byReference([base, own, ...packages]);
  const { name, version } = own;
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      tools: { components: [{ type: 'application', name, ...(version !== undefined && { version }) }] },
      component: root,
    },
    components: byReference([...needed, ...parts]),
    dependencies: [
      { ref: root['bom-ref'], dependsOn: references(needed) },
      { ref: base['bom-ref'], dependsOn: references(byReference(parts)) },
    ],
  };
}

export function renderSbom(sbom: Sbom): Buffer {
  return Buffer.from(JSON.stringify(sbom));
}

/** `undefined` for what is no SBOM that was made here. */
export function parseSbom(value: unknown): Sbom | undefined {
  return SbomSchema.safeParse(value).data;
}

/** What an application needs, by the SBOM of an image of it. */
export function packagesOf({ components, metadata, dependencies }: Sbom): readonly SbomComponent[] {
  const needed = dependencies.find(({ ref }) => ref === metadata.component['bom-ref'])?.dependsOn ?? [];
  return components.filter((one) => one.type === 'library' && needed.includes(one['bom-ref']));
}

function imageComponent(name: string, { platform }: SbomFacts['image']): SbomComponent {
  const qualifiers = { arch: formatPlatform(platform) };
  const purl = formatPurl({ type: 'oci', name: name.toLowerCase(), version: null, qualifiers });
  return { type: 'container', 'bom-ref': 'image', name, purl };
}

function builderComponent({ name, ref, digest }: SbomFacts['builder'], platform: Platform): SbomComponent {
  const said = ref === null ? null : parseImageRef(name);
  const repository = said === null ? null : `${said.registry}/${said.repository}`;
  const qualifiers = { arch: formatPlatform(platform), repository_url: repository, tag: said?.tag };
  const last = said?.repository.split('/').at(-1) ?? name;
  const purl = formatPurl({ type: 'oci', name: last.toLowerCase(), version: digest, qualifiers });
  return { type: 'container', 'bom-ref': 'builder', name: repository ?? name, version: digest, purl };
}

function launcherComponent(
  version: string | undefined,
  digest: string | null,
): SbomComponent & { readonly name: 'hibana' } {
  const purl = formatPurl({ type: 'generic', name: 'hibana', version: version ?? null });
  return {
    type: 'application',
    'bom-ref': purl,
    name: 'hibana',
    ...(version !== undefined && { version }),
    ...(digest !== null && { hashes: [{ alg: 'SHA-256', content: digest.replace('sha256:', '') }] }),
    purl,
  };
}

/** What the labels of a builder say that it has. */
function partsOf({ spark, scala, java, python }: SbomFacts['builder']['facts']): readonly SbomComponent[] {
  const [group, name] = ['org.apache.spark', `spark-core_${scala}`];
  const purl = formatPurl({ type: 'maven', namespace: group, name, version: spark });
  return [
    { type: 'framework', 'bom-ref': purl, group, name, version: spark, purl },
    { type: 'platform', 'bom-ref': `java@${java}`, name: 'java', version: String(java) },
    { type: 'platform', 'bom-ref': `python@${python}`, name: 'python', version: python },
  ];
}

/** In the order of their references, which are there once. */
function byReference(components: readonly SbomComponent[]): SbomComponent[] {
  const known = new Map(components.map((one) => [one['bom-ref'], one]));
  return [...known.values()].toSorted((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
}

function references(components: readonly SbomComponent[]): string[] {
  return components.map((one) => one['bom-ref']);
}
