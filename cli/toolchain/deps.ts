import type { Ctx } from '../../runtime/core/context.ts';
import { createHttp, type Http } from '../packages/http.ts';
import { type IndexOptions, type IndexSettings, readIndexSettings } from '../packages/index-settings.ts';
import { type Environment, libcFrom, type Machine } from '../packages/machine.ts';
import { runChild } from './child.ts';
import type { PythonInfo } from './python-probe.ts';

/** What the toolchain takes from the outside. */
export interface ToolchainDeps {
  /** The cache folder; need not exist. */
  readonly cache: string;
  readonly env: Environment;
  readonly home: string;
  /** As Node says it: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
  /** Of this process, so that others can be told whom they wait for. */
  readonly pid: number;
  /** Goes into the environment of every child (the run's marker), over `env`. */
  readonly extraEnv: Readonly<Record<string, string>>;
  readonly index: IndexOptions;
  /** What Pythons have said of themselves, for as long as a command lasts: a script in front of one may say something else tomorrow, and takes its time.
   *  Default: they are asked each time. */
  readonly answers?: Map<string, Promise<PythonInfo | undefined>>;
}

/** The index and the connection to it. Made once, when the first thing is missing in the cache: a warm run loads no client. */
export interface Packages {
  readonly settings: IndexSettings;
  readonly http: Http;
  readonly machine: Machine;
}

export interface PackageSource extends AsyncDisposable {
  /** @throws {ToolError} USAGE: see readIndexSettings */
  settings(ctx: Ctx): Promise<IndexSettings>;
  /** @throws {ToolError} as `settings`; FILE_UNREADABLE from the first connection on */
  open(ctx: Ctx): Promise<Packages>;
}

export function createPackageSource(deps: ToolchainDeps): PackageSource {
  let read: Promise<IndexSettings> | undefined;
  let opened: Promise<Packages> | undefined;
  const settings = (ctx: Ctx) => {
    read ??= readIndexSettings(deps.index, deps, ctx);
    return read;
  };
  return {
    settings,
    open: (ctx) => {
      opened ??= openPackages(settings(ctx), deps, ctx);
      return opened;
    },
    [Symbol.asyncDispose]: async () => {
      const packages = await opened?.catch(() => undefined);
      await packages?.http[Symbol.asyncDispose]();
    },
  };
}

async function openPackages(reading: Promise<IndexSettings>, deps: ToolchainDeps, ctx: Ctx): Promise<Packages> {
  const settings = await reading;
  return { settings, http: createHttp(settings), machine: await readMachine(deps, ctx) };
}

/** Which wheels run here. A Linux without glibc's `getconf` variable has musl. */
export async function readMachine(
  { platform, arch, env, extraEnv }: Omit<ToolchainDeps, 'cache' | 'index'>,
  ctx: Ctx,
): Promise<Machine> {
  if (platform !== 'linux') return { platform, arch, libc: null };
  const command = { file: 'getconf', args: ['GNU_LIBC_VERSION'], env: { ...env, ...extraEnv }, deadlineMs: 10_000 };
  const answer = await runChild(command, ctx).catch(() => null);
  ctx.signal.throwIfAborted();
  return { platform, arch, libc: libcFrom(answer?.status === 0 ? answer.stdout : null) };
}
