import type { ImageRef } from '../../runtime/core/image-ref.ts';
import { readEnvironment } from '../config/ancestor-env.ts';
import { checkFlags } from '../config/resolve-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { Platform } from '../image/descriptor.ts';
import type { IndexToken } from '../packages/index-logins.ts';
import { type ReadInput, readUser } from '../run/read-application.ts';
import type { ResolvedRef } from '../source/git/resolve-ref.ts';
import type { BuildFacts } from './build-keys.ts';
import type { Destination } from './destination.ts';
import { type ContractOptions, isSelfContained, repeatableFacts } from './s2i/contract-options.ts';

/** What somebody wants built; nothing of it has been fetched. */
export interface BuildRequest {
  readonly input: Omit<ReadInput, 'open'> & { readonly open: Omit<ReadInput['open'], 'scratch' | 'extraEnv'> };
  readonly destination: Destination;
  /** At least one, sorted. */
  readonly platforms: readonly Platform[];
  readonly labels: Readonly<Record<string, string>>;
  /** A repository that has a copy of the builder; `null` reads it where its name says. */
  readonly baseMirror: ImageRef | null;
  /** Builds also what is there already. */
  readonly isForced: boolean;
  readonly isDry: boolean;
  readonly indexTokens: readonly IndexToken[];
  /** `--java DIR` */
  readonly java: string | null;
  readonly upgrade: boolean;
  /** How the builder's own scripts make the image, in a container; `null`: hibana makes it, on this machine. */
  readonly contract: ContractOptions | null;
  /** What an image was once built of: then neither git nor the builder's registry is asked what names stand for now. */
  readonly pinned?: { readonly commit: ResolvedRef; readonly builderDigest: string };
}

/** What flags, environment and the user's own file say, before the source has said anything.
 *  @throws {ToolError} those of checkFlags and parseUserFile */
export async function earlySettings({ input }: BuildRequest): Promise<Settings> {
  const { flags, env, files } = input;
  return checkFlags({ flags, env, files, user: await readUser(input) });
}

/** What of the settings decides what an image is: for its request key. Sizes of clusters, secrets and time limits are a run's. */
export function imageOptions({ input, contract }: BuildRequest, early: Settings): unknown {
  const { plan, submit, extras, indexUrl, resolveAt, build } = early;
  const { secrets: _, ...image } = submit;
  const { app, config = readEnvironment(input.env).config, name } = input.flags;
  return {
    plan,
    submit: image,
    extras,
    indexUrl,
    resolveAt,
    builder: build.builder,
    app,
    config,
    name,
    ...repeatableFacts(contract),
  };
}

/** Whether the same request means the same image: not where it is for what there is now, or made of more than source and builder. */
export function isRepeatable({ upgrade, contract }: BuildRequest, { resolveAt }: Pick<Settings, 'resolveAt'>): boolean {
  return !upgrade && resolveAt.kind !== 'now' && (contract === null || isSelfContained(contract));
}

export interface ToolFacts {
  readonly version: string;
  readonly launcher: string;
}

/** What decides an image beside source and plan. */
export function buildFacts(
  request: Pick<BuildRequest, 'labels' | 'platforms'>,
  buildEnv: Readonly<Record<string, string>>,
  builder: string,
  tool: ToolFacts,
): BuildFacts {
  return {
    builder,
    platforms: request.platforms.map(({ os, architecture, variant }) =>
      [os, architecture, variant].filter(Boolean).join('/'),
    ),
    labels: request.labels,
    buildEnv,
    tool: tool.version,
    launcher: tool.launcher,
  };
}
