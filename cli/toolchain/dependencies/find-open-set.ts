import type { DependencyInput } from '../../../builder-images/builder.ts';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { sparkSeriesOf } from '../../../runtime/core/spark-versions.ts';
import type { DependenciesWanted, Tools } from '../dependencies.ts';
import { explainFailure, generalFailure } from '../dependency-failure.ts';
import { treeState } from '../dependency-key.ts';
import { hasLocalRequirements, readRequirements } from '../requirement.ts';
import type { UvRun } from '../run-uv.ts';
import { sparkMinima } from '../spark-minima.ts';
import { type Climb, climb, type Try, type Verdict } from './climb.ts';
import { explainInstall } from './explain-install.ts';
import { openUv } from './find-set.ts';
import { findTimelessIndex } from './find-timeless-index.ts';
import { framesFrom, framesIn } from './frames.ts';
import { InstallFailed, installTree, treeKey } from './install-set.ts';
import { binaryHint } from './known-distributions.ts';
import type { DependencyRecord } from './record.ts';
import { dayOf, type FoundSet, reasonFor, shortProblem } from './record-text.ts';
import { resolveSet, rungOptions, type SetWanted } from './resolve-set.ts';
import { type Rung, rungsFor } from './rungs.ts';

type OpenWanted = DependenciesWanted & { readonly input: Extract<DependencyInput, { kind: 'requirements' }> };

interface Place {
  readonly folder: string;
  readonly run: UvRun;
  readonly tools: Tools;
}

/** All times together; what is left of the ladder after it is only now. */
const LADDER_MS = 15 * 60_000;
/** One time's resolution, or its installation. The last may take as long as uv may. */
const RUNG_MS = 10 * 60_000;

/** Resolves open requirements as of the time asked for; a commit's where that installs and imports here, else the next later one that does.
 *  @throws {ToolError} as prepareDependencies; `details.tried` has the times */
export async function findOpenSet(wanted: OpenWanted, place: Place, ctx: Ctx): Promise<DependencyRecord> {
  const { resolveAt, commitTime, python, spark, input, target = [] } = wanted;
  const series = sparkSeriesOf(spark);
  const startedAt = ctx.now();
  const minima = sparkMinima(input.requirements, series);
  for (const message of minima.notices) ctx.emit({ type: 'notice', level: 'warning', message });
  const asked = wanted.upgrade && resolveAt.kind === 'commit' ? ({ kind: 'now' } as const) : resolveAt;
  const rungs = rungsFor({
    ...{ resolveAt: asked, commitTime, now: startedAt, framesFrom: framesFrom(series.series, python.minor) },
  });
  const set: SetWanted = {
    requirements: input.requirements,
    constraints: [input.constraints, ...minima.constraints],
    folder: place.folder,
    target,
  };
  const judge = judgeFor({ wanted, set, place, rungs }, ctx);
  const ladder = await climb(rungs, judge, () => ctx.now() - startedAt > LADDER_MS);
  if (ladder.kind === 'failed') throw told(ladder);
  const { when, why } = reasonFor({
    ...{ found: ladder, resolveAt: asked, hasCommit: commitTime !== null, now: new Date(startedAt).toISOString() },
    ...{ python: `3.${python.minor}`, series: series.series },
  });
  const { rung, value } = ladder;
  return {
    schema: 'hibana.dependencies/v1',
    asOf: rung.at ?? new Date(startedAt).toISOString(),
    isNow: rung.at === null,
    when,
    why,
    tried: [...describeTries(ladder.tried)],
    lock: value.lock,
    options: [...installOptions(rung, input.requirements), ...target],
    tree: value.tree,
  };
}

interface Judging {
  readonly wanted: OpenWanted;
  readonly set: SetWanted;
  readonly place: Place;
  readonly rungs: readonly Rung[];
}

/** Resolves; installs and imports what was not judged before; each gives its own verdict. */
function judgeFor(judging: Judging, ctx: Ctx): (rung: Rung, tried: readonly Try[]) => Promise<Verdict<FoundSet>> {
  const { set, place, rungs } = judging;
  const judged = new Map<string, Verdict<FoundSet>>();
  return async (rung, tried) => {
    const limits = rung === rungs.at(-1) ? {} : { deadlineMs: RUNG_MS };
    const run = { ...place.run, ...limits, doing: `resolves the dependencies ${describeRung(rung)}` };
    const { result, lock } = await resolveSet(set, rung, run, ctx).catch(slow(rung, ctx));
    if (result.status !== 0) return unresolved(judging, { rung, result, isFirst: tried.length === 0 }, ctx);
    if (isLiftedInVain(rung, lock)) return { kind: 'bad', stage: 'resolves', error: tried.at(-1)?.error };
    const known = judged.get(lock);
    if (known !== undefined) return known;
    const verdict = await judgeSet(judging, rung, lock, ctx);
    judged.set(lock, verdict);
    return verdict;
  };
}

/** A package that the application alone asks for is of the time asked for, though pandas would need it too. */
function isLiftedInVain({ framesAt }: Rung, lock: string): boolean {
  const { names, areNeeded } = framesIn(lock);
  return framesAt !== null && names.length > 0 && !areNeeded;
}

/** A time-out is one more way not to install; an abort passes on. */
function slow(rung: Rung, ctx: Ctx) {
  return (error: unknown): Awaited<ReturnType<typeof resolveSet>> => {
    ctx.signal.throwIfAborted();
    if (!(error instanceof Error && error.name === 'TimeoutError')) throw error;
    const lastLines = [`it took longer than ${RUNG_MS / 60_000} minutes ${describeRung(rung)}`];
    return { result: { status: 1, stdout: '', lastLines }, lock: '' };
  };
}

interface Unresolved {
  readonly rung: Rung;
  readonly result: Awaited<ReturnType<typeof resolveSet>>['result'];
  readonly isFirst: boolean;
}

/** Looks for the reason at the first and at the last time alone: the answers in between would be the same. */
async function unresolved(
  { set, place, rungs }: Judging,
  { rung, result, isFirst }: Unresolved,
  ctx: Ctx,
): Promise<Verdict<FoundSet>> {
  if (!isFirst && rung !== rungs.at(-1)) return { kind: 'bad', stage: 'resolves', error: generalFailure(result) };
  const { source, deps } = place.tools;
  const error = await explainFailure({ requirements: set.requirements, result, source, deps }, ctx);
  if (!(error instanceof ToolError) || error.code !== 'DEPENDENCIES_FAILED') return { kind: 'hopeless', error };
  const host = rung.at === null ? undefined : await findTimelessIndex(set.requirements, source, ctx);
  if (host === undefined) return { kind: 'bad', stage: 'resolves', error: advised(error, set.requirements) };
  const message = `Cannot resolve the dependencies as of ${dayOf(rung.at ?? '')}: the index at "${host}" gives no upload dates`;
  const hint = 'Take what there is now with --resolve-at now';
  return { kind: 'timeless', host, error: new ToolError('DEPENDENCIES_FAILED', message, { hint, details: { host } }) };
}

function advised(error: ToolError, requirements: string): ToolError {
  const hint = readRequirements(requirements)
    .map(({ name }) => binaryHint(name))
    .find((text) => text !== undefined);
  if (hint === undefined) return error;
  return new ToolError(error.code, error.message, { cause: error, details: error.details, hint });
}

async function judgeSet(
  { wanted, place, rungs }: Judging,
  rung: Rung,
  lock: string,
  ctx: Ctx,
): Promise<Verdict<FoundSet>> {
  const { appDir, python, input, target = [] } = wanted;
  const { tools } = place;
  const options = [...installOptions(rung, input.requirements), ...target];
  const key = await keyFor(wanted, lock);
  const limits = rung === rungs.at(-1) ? {} : { deadlineMs: RUNG_MS };
  const doing = `installs the dependencies ${describeRung(rung)}`;
  const openTree = async (folder: string) => ({
    ...(await openUv({ appDir, python, folder }, tools, ctx)),
    ...limits,
    doing,
  });
  const tree = { lock, python, options, state: null };
  try {
    const site = await installTree(tree, key, { openUv: openTree, deps: tools.deps }, ctx);
    ctx.emit({ type: 'step-progress', step: 'dependencies', doing: `imports the dependencies ${describeRung(rung)}` });
    const [doubt] = await wanted.checkImports(site, ctx);
    const value = { lock, tree: key };
    return doubt === undefined ? { kind: 'good', value } : { kind: 'doubtful', value, error: new Error(doubt) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (error instanceof ToolError && error.code === 'IMPORT_FAILED') return { kind: 'bad', stage: 'imports', error };
    if (error instanceof Error && error.name === 'TimeoutError') return { kind: 'bad', stage: 'resolves', error };
    if (!(error instanceof InstallFailed)) return { kind: 'hopeless', error };
    const why = await explainInstall(error, { lock, options, appDir, python }, tools, ctx);
    const isOfItsTime = why instanceof ToolError && ['DEPENDENCIES_FAILED', 'COMPILER_NOT_FOUND'].includes(why.code);
    return isOfItsTime ? { kind: 'bad', stage: 'resolves', error: why } : { kind: 'hopeless', error: why };
  }
}

/** Everything is named, so nothing is looked for; the time still holds for what packages are built with. */
function installOptions(rung: Rung, requirements: string): readonly string[] {
  return ['--no-deps', ...rungOptions(rung, requirements)];
}

async function keyFor({ appDir, python, target = [] }: OpenWanted, lock: string): Promise<string> {
  const state = hasLocalRequirements(lock) ? await treeState(appDir) : null;
  // A set that was found as of two times is installed once: the time decides only what packages are built with.
  return treeKey({ lock, python, options: target, state });
}

function describeRung({ at, framesAt }: Rung): string {
  const frames = framesAt === null ? '' : `, with Spark's own of ${dayOf(framesAt)}`;
  return at === null ? 'as of now' : `as of ${dayOf(at)}${frames}`;
}

/** Newer packages of Spark's own that changed nothing are not worth a line. */
function describeTries(tried: readonly Try[]): readonly DependencyRecord['tried'][number][] {
  const all = tried.map(({ rung, error }) => ({
    ...{ isLifted: rung.framesAt !== null, asOf: describeRung(rung).replace(/^as of /, '') },
    problem: shortProblem(error),
  }));
  const told = all.filter(({ isLifted, problem }, index) => !isLifted || problem !== all[index - 1]?.problem);
  return told.map(({ asOf, problem }) => ({ asOf, problem }));
}

/** The last error, with what was tried before it. */
function told({ error, tried }: Extract<Climb<FoundSet>, { kind: 'failed' }>): unknown {
  const times = [...new Set(tried.map(({ rung }) => (rung.at === null ? 'now' : dayOf(rung.at))))];
  if (!(error instanceof ToolError) || times.length < 2) return error;
  const message = `${error.message} (tried as of ${times.join(', ')})`;
  const { code, details, hint } = error;
  return new ToolError(code, message, { cause: error, details: { ...details, tried: describeTries(tried) }, hint });
}
