import type { Ctx } from '../../runtime/core/context.ts';
import type { Settings } from '../config/settings.ts';
import type { ImageStore } from '../image/image-store.ts';
import { type FoundCommit, findCommit } from '../source/git/find-commit.ts';
import { isWholeCommitId } from '../source/git-ref.ts';
import type { BuildDeps } from './build-deps.ts';
import { type RequestFacts, requestKey } from './build-keys.ts';
import { type BuildRequest, buildFacts, earlySettings, imageOptions, isRepeatable } from './build-request.ts';
import { formatTagged } from './destination.ts';
import { findBuilderDigest } from './find-builder.ts';
import { type BuiltImage, findBuilt } from './find-built.ts';
import { IMAGE_LABELS } from './image-labels.ts';
import { labelUrl } from './label-url.ts';

/** What is known before anything is fetched. */
export interface LookUp {
  readonly early: Settings;
  /** `null` for what is no commit, and where only a checkout can tell. */
  readonly commit: FoundCommit | null;
  /** The builder, where it is known without the source. */
  readonly builder: { readonly name: string; readonly digest: string } | null;
  /** What the destination has under the tags that were asked for, as far as it was looked at. */
  readonly built: readonly BuiltImage[];
  /** The one among them that was made by the same request. */
  readonly same: BuiltImage | undefined;
}

/** Asks, all at once, the git server for the commit, the builder's registry for its digest, and the destination for what it has: by these alone
 *  it is known whether there is anything to do.
 *  @throws {ToolError} the source rows of the catalog, BUILDER_NOT_FOUND, what stores throw */
export async function lookUp(
  request: BuildRequest,
  destination: ImageStore,
  deps: BuildDeps,
  ctx: Ctx,
): Promise<LookUp> {
  const early = await earlySettings(request);
  const named = finalBuilder(early);
  const [commit, builderDigest, first] = await Promise.all([
    commitOf(request, deps, ctx),
    named === null ? null : findBuilderDigest(deps.builder(named, request.baseMirror), ctx),
    findTag(0, request, destination, ctx),
  ]);
  const built = first === undefined ? [] : [first];
  const builder = named === null || builderDigest === null ? null : { name: named, digest: builderDigest };
  const found = { early, commit, builder, built };
  const wanted = { request, early, commit, named, builderDigest };
  if (first !== undefined && (await isSame(first, wanted, deps, ctx))) return { ...found, same: first };
  // Under another tag there may be what this one shall have, too.
  for (let at = 1; at < request.destination.tags.length; at += 1) {
    const other = await findTag(at, request, destination, ctx);
    if (other === undefined) continue;
    built.push(other);
    if (await isSame(other, wanted, deps, ctx)) return { ...found, same: other };
  }
  return { ...found, same: undefined };
}

/** The request key of an image that is made now; `null` where the same request may mean another one.
 *  `builderDigest` is what the builder's name stands for. */
export function requestKeyOf(
  { request, early, commit }: Pick<Wanted, 'request' | 'early'> & { readonly commit: string | null },
  builderDigest: string,
  deps: BuildDeps,
): string | null {
  const { source, open } = request.input;
  if (source.kind !== 'git' || commit === null || !isRepeatable(request, early)) return null;
  const facts: RequestFacts = {
    source: {
      url: labelUrl(source.url),
      commit,
      contextDir: source.contextDir,
      submodules: open.submodules,
      lfs: open.lfs,
    },
    options: imageOptions(request, early),
    build: buildFacts(request, early.build.env, builderDigest, deps.tool),
  };
  return requestKey(facts);
}

interface Wanted {
  readonly request: BuildRequest;
  readonly early: Settings;
  readonly commit: FoundCommit | null;
  /** `null` where only the source says it. */
  readonly named: string | null;
  readonly builderDigest: string | null;
}

/** A builder that a flag or the environment names; what the user's own file names, the source may replace. */
function finalBuilder({ build, origin }: Settings): string | null {
  const isFinal = ['flag', 'environment'].includes(origin['build.builder'] ?? '');
  return isFinal ? build.builder : null;
}

async function commitOf({ input, pinned }: BuildRequest, deps: BuildDeps, ctx: Ctx): Promise<FoundCommit | null> {
  const { source, open } = input;
  if (pinned !== undefined) return { resolved: pinned.commit, isMoved: false };
  if (source.kind !== 'git') return null;
  // An id is not asked for: nothing is made.
  const isId = source.ref !== null && isWholeCommitId(source.ref);
  const options = { ...open, scratch: isId ? '' : await deps.scratch(), extraEnv: deps.toolchain.extraEnv };
  return (await findCommit(source, options, ctx)) ?? null;
}

async function findTag(
  at: number,
  request: BuildRequest,
  store: ImageStore,
  ctx: Ctx,
): Promise<BuiltImage | undefined> {
  const { destination, platforms } = request;
  const tag = destination.tags[at];
  if (tag === undefined) return undefined;
  return findBuilt(tag, { store, platforms, name: formatTagged(destination, tag) }, ctx);
}

/** Where only the source names the builder, an image of the same commit names the same one: that is asked for its digest of today. */
async function isSame({ labels }: BuiltImage, wanted: Wanted, deps: BuildDeps, ctx: Ctx): Promise<boolean> {
  const { request, early, commit } = wanted;
  const recorded = labels[IMAGE_LABELS.requestKey];
  const recordedDigest = labels[IMAGE_LABELS.builderDigest];
  if (recorded === undefined || recordedDigest === undefined || commit === null) return false;
  const key = requestKeyOf({ request, early, commit: commit.resolved.commit }, recordedDigest, deps);
  if (key !== recorded) return false;
  if (wanted.builderDigest !== null) return wanted.builderDigest === recordedDigest;
  const name = labels[IMAGE_LABELS.builderName];
  // A tag alone is that of a folder.
  if (name === undefined || !name.includes('/')) return false;
  const now = await findBuilderDigest(deps.builder(name, request.baseMirror), ctx);
  return now === recordedDigest;
}
