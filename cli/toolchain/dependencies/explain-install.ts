import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { Tools } from '../dependencies.ts';
import { explainFailure } from '../dependency-failure.ts';
import { findExecutables } from '../find-executables.ts';
import type { PythonInfo } from '../python-probe.ts';
import { runUv, type UvRun } from '../run-uv.ts';
import { openUv } from './find-set.ts';
import { InstallFailed } from './install-set.ts';
import { binaryHint } from './known-distributions.ts';
import { type LockedPackage, lockedPackages, optionLines } from './lock-text.ts';
import { sentWrong } from './sent-wrong.ts';

export interface FailedInstall {
  readonly lock: string;
  readonly options: readonly string[];
  readonly appDir: string;
  readonly python: PythonInfo;
}

/** Why a set that is known by name does not install, by trying: does it without looking at hashes, is a compiler needed that is not there?
 *  Gives the error to throw: HASH_MISMATCH, COMPILER_NOT_FOUND, or what explainFailure gives; any error but InstallFailed is given back. */
export async function explainInstall(error: unknown, failed: FailedInstall, tools: Tools, ctx: Ctx): Promise<unknown> {
  if (!(error instanceof InstallFailed)) return error;
  const { source, deps } = tools;
  const found = await explainFailure({ requirements: failed.lock, result: error.result, source, deps }, ctx);
  if (!(found instanceof ToolError) || found.code !== 'DEPENDENCIES_FAILED') return found;
  const folder = await mkdtemp(join(deps.cache, 'tmp-'));
  const bounded = withSignal(ctx, AbortSignal.any([ctx.signal, AbortSignal.timeout(DEADLINE_MS)]));
  try {
    const run = {
      ...(await openUv({ ...failed, folder }, tools, bounded)),
      doing: 'looks why the dependencies do not install',
    };
    const trial = { failed, run, folder };
    return (
      (await wrongHash(trial, tools, bounded)) ??
      (await missingCompiler(trial, tools, bounded)) ??
      withHint(found, failed)
    );
  } catch {
    ctx.signal.throwIfAborted();
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const DEADLINE_MS = 120_000;

interface Trial {
  readonly failed: FailedInstall;
  readonly run: UvRun;
  readonly folder: string;
}

async function wrongHash(trial: Trial, { source }: Tools, ctx: Ctx): Promise<ToolError | undefined> {
  const { lock, options } = trial.failed;
  if (!lock.includes('--hash')) return undefined;
  const unchecked = options.filter((option) => option !== '--require-hashes');
  const withoutHashes = lock.replace(/\s*\\?\r?\n?\s+--hash[=\s]\S+/g, '');
  const isOfTheLock = await installs(trial, withoutHashes, [...unchecked, '--no-verify-hashes'], ctx);
  const failing = await failingAlone(trial, options, ctx);
  const wrong = isOfTheLock ? failing : await sentWrong(failing, await source.open(ctx), ctx);
  if (wrong.length === 0) return undefined;
  const says = options.includes('--require-hashes') ? 'the file of requirements says' : 'it should have';
  const message = `Cannot install ${listed(wrong)}: what the index sends has another hash than ${says}`;
  const hint = 'Check the hashes in the file of requirements, and who runs the index or the proxy';
  const details = { packages: wrong.map(({ name, version }) => ({ name, version })) };
  return new ToolError('HASH_MISMATCH', message, { details, ...(isOfTheLock ? { hint } : {}) });
}

const COMPILERS = ['cc', 'gcc', 'clang', 'c99'];

async function missingCompiler(trial: Trial, { deps }: Tools, ctx: Ctx): Promise<ToolError | undefined> {
  const { env } = deps;
  const found = await Promise.all(COMPILERS.map((name) => findExecutables(name, env)));
  if (env.CC !== undefined || found.flat().length > 0) return undefined;
  const { lock, options, python } = trial.failed;
  if (await installs(trial, lock, [...options, '--only-binary', ':all:', '--dry-run'], ctx)) return undefined;
  const built = await failingAlone(trial, [...options, '--only-binary', ':all:', '--dry-run'], ctx);
  const names = listed(built);
  return new ToolError(
    'COMPILER_NOT_FOUND',
    `Cannot build ${names}: there is no build of it for Python ${python.version} on this machine, and no C compiler`,
    {
      details: { packages: built.map(({ name, version }) => ({ name, version })) },
      ...hintFor(built.map(({ name }) => name)),
    },
  );
}

function listed(packages: readonly LockedPackage[]): string {
  return packages.map(({ name, version }) => `${name}==${version ?? ''}`).join(', ') || 'a package';
}

async function failingAlone(
  { failed, run, folder }: Trial,
  options: readonly string[],
  ctx: Ctx,
): Promise<readonly LockedPackage[]> {
  const head = optionLines(failed.lock).join('\n');
  const failing: LockedPackage[] = [];
  for (const one of lockedPackages(failed.lock)) {
    if (!(await installs({ failed, run, folder }, `${head}\n${one.text}\n`, options, ctx))) failing.push(one);
  }
  return failing;
}

async function installs({ run, folder }: Trial, lock: string, options: readonly string[], ctx: Ctx): Promise<boolean> {
  const [list, target] = [join(folder, 'list.txt'), join(folder, 'target')];
  await writeFile(list, lock);
  // uv takes an option once.
  const others = options.filter((option) => option !== '--no-deps');
  const args = ['pip', 'install', '--target', target, '--no-deps', '--no-python-downloads', ...others, '-r', list];
  const { status } = await runUv(run, args, ctx);
  await rm(target, { recursive: true, force: true });
  return status === 0;
}

function withHint(error: ToolError, { lock }: FailedInstall): ToolError {
  const { hint } = hintFor(lockedPackages(lock).map(({ name }) => name));
  return hint === undefined
    ? error
    : new ToolError(error.code, error.message, { cause: error, details: error.details, hint });
}

function hintFor(names: readonly string[]): { readonly hint?: string } {
  const hint = names.map(binaryHint).find((text) => text !== undefined);
  return hint === undefined ? {} : { hint };
}
