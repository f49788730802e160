import type { AppDescriptor } from '../../runtime/core/app.ts';
import type { ResolvedRef } from '../source/git/resolve-ref.ts';
import type { Source } from '../source/source.ts';
import { labelUrl } from './label-url.ts';
import { formatRecord, type RequestRecord } from './request-record.ts';

/** What an image made here says of itself. */
export const IMAGE_LABELS = {
  /** The AppDescriptor, as JSON. */
  app: 'dev.hibana.app',
  requestKey: 'dev.hibana.request-key',
  planKey: 'dev.hibana.plan-key',
  /** The builder as it was named. */
  builderName: 'dev.hibana.builder-name',
  /** What that name stood for: an index, where it is one. */
  builderDigest: 'dev.hibana.builder-digest',
  /** The RequestRecord, as JSON. */
  request: 'dev.hibana.request',
  /** The Python packages, `name==version` each. */
  dependencies: 'dev.hibana.dependencies',
  /** The version of hibana. */
  tool: 'dev.hibana.version',
} as const;

export const OCI_LABELS = {
  source: 'org.opencontainers.image.source',
  revision: 'org.opencontainers.image.revision',
  title: 'org.opencontainers.image.title',
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
} as const;

const S2I = 'io.openshift.s2i.build';

export const S2I_LABELS = {
  commitDate: `${S2I}.commit.date`,
} as const;

export interface LabelFacts {
  /** `null` where nobody but the image knows what it runs. */
  readonly app: AppDescriptor | null;
  readonly name: string;
  readonly source: Source;
  /** `null` for what is no commit. */
  readonly commit: string | null;
  readonly commitTime: string | null;
  readonly resolved: ResolvedRef | null;
  readonly contextDir: string | null;
  /** `null` where nobody can know the same request again. */
  readonly requestKey: string | null;
  /** `null` for what nobody can ask for again. */
  readonly request: RequestRecord | null;
  readonly planKey: string;
  readonly builder: { readonly name: string; readonly digest: string; readonly imageDigest: string };
  /** `name==version` each. */
  readonly dependencies: readonly string[];
  readonly tool: string;
  /** Those that the user asked for. */
  readonly own: Readonly<Record<string, string>>;
}

/** The labels of an image: where it comes from and what it is, and nothing of the machine and the folder that it was made on. */
export function imageLabels(facts: LabelFacts): Readonly<Record<string, string>> {
  const { app, source, builder, own } = facts;
  const url = source.kind === 'git' ? labelUrl(source.url) : null;
  const all: Readonly<Record<string, string | null>> = {
    [IMAGE_LABELS.app]: app === null ? null : JSON.stringify(app),
    [IMAGE_LABELS.requestKey]: facts.requestKey,
    [IMAGE_LABELS.request]: facts.request === null ? null : formatRecord(facts.request),
    [IMAGE_LABELS.planKey]: facts.planKey,
    [IMAGE_LABELS.builderName]: builder.name,
    [IMAGE_LABELS.builderDigest]: builder.digest,
    [IMAGE_LABELS.dependencies]: facts.dependencies.length === 0 ? null : facts.dependencies.join(' '),
    [IMAGE_LABELS.tool]: facts.tool,
    [OCI_LABELS.title]: facts.name,
    [OCI_LABELS.source]: url,
    [OCI_LABELS.revision]: facts.commit,
    [OCI_LABELS.baseName]: builder.name,
    [OCI_LABELS.baseDigest]: builder.imageDigest,
    [`${S2I}.image`]: builder.name,
    [`${S2I}.source-location`]: url,
    [`${S2I}.source-context-dir`]: facts.contextDir,
    [`${S2I}.commit.id`]: facts.commit,
    [S2I_LABELS.commitDate]: facts.commitTime,
    [`${S2I}.commit.ref`]: facts.resolved?.label ?? null,
    ...own,
  };
  return Object.fromEntries(Object.entries(all).flatMap(([name, text]) => (text === null ? [] : [[name, text]])));
}
