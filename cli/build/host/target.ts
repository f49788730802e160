import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { sparkSeriesOf } from '../../../runtime/core/spark-versions.ts';
import { formatPlatform } from '../../image/choose-platform.ts';
import type { Platform } from '../../image/descriptor.ts';
import type { Libc, Machine } from '../../packages/machine.ts';
import { readMachine, type ToolchainDeps } from '../../toolchain/deps.ts';
import { findPython } from '../../toolchain/python.ts';
import type { PythonInfo } from '../../toolchain/python-probe.ts';
import type { BuilderFacts } from '../builder-labels.ts';
import { architectureOf } from '../machine-platform.ts';

/** For which Python dependencies are installed, and how. */
export interface InstallTarget {
  /** The interpreter that uv is given, with the facts of the one in the image. */
  readonly python: PythonInfo;
  /** Options of uv; none where this machine is what the builder says. */
  readonly options: readonly string[];
  /** Whether what is installed runs here: then it is tried, and packages without wheels are built. */
  readonly isThisMachine: boolean;
}

/** How dependencies are installed for a builder: as they are for runs, where this machine has its architecture, libc and Python; else wheels alone,
 *  chosen for the builder's.
 *  @throws {ToolError} ARCHITECTURE_NOT_FOUND for one that uv knows no wheels for; PYTHON_NOT_FOUND, PYTHON_UNSUPPORTED when there is no Python
 *  for uv to run with */
export async function installTarget(
  { platform, facts }: { readonly platform: Platform; readonly facts: BuilderFacts },
  deps: ToolchainDeps,
  ctx: Ctx,
): Promise<InstallTarget> {
  const series = sparkSeriesOf(facts.spark);
  const [machine, own] = await Promise.all([
    readMachine(deps, ctx),
    findPython({ wanted: facts.python, series }, deps, ctx).catch(unlessNotFound),
  ]);
  if (own !== undefined && isSame(machine, platform, facts.libc))
    return { python: own, options: [], isThisMachine: true };
  const host = own ?? (await findPython({ wanted: null, series }, deps, ctx));
  const options = ['--python-platform', uvPlatform(platform, facts.libc), '--python-version', facts.python];
  return {
    python: pythonOf(host, platform, facts),
    options: [...options, '--only-binary', ':all:'],
    isThisMachine: false,
  };
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof ToolError && (error.code === 'PYTHON_NOT_FOUND' || error.code === 'PYTHON_UNSUPPORTED')) return;
  throw error;
}

function isSame(machine: Machine, platform: Platform, libc: Libc): boolean {
  if (machine.platform !== platform.os || architectureOf(machine.arch) !== platform.architecture) return false;
  return machine.libc?.kind === libc.kind && machine.libc.version.join('.') === libc.version.join('.');
}

/** What uv calls the architectures that wheels are built for. */
const UV_ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64' };
/** The manylinux versions that uv takes, the newest first. Source: `uv pip install --help`, 0.13. */
const GLIBC_MINORS = [40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28, 17];

/** uv's name for the machines of a builder.
 *  @throws {ToolError} ARCHITECTURE_NOT_FOUND */
export function uvPlatform(platform: Platform, { kind, version: [, minor] }: Libc): string {
  const architecture = UV_ARCHITECTURES[platform.architecture];
  if (architecture === undefined) {
    throw new ToolError(
      'ARCHITECTURE_NOT_FOUND',
      `Cannot install Python packages for ${formatPlatform(platform)} on this machine`,
      { hint: `Build for it on such a machine, or for ${Object.keys(UV_ARCHITECTURES).join(' and ')} with --arch` },
    );
  }
  if (kind === 'musl') return `${architecture}-unknown-linux-musl`;
  return `${architecture}-manylinux_2_${GLIBC_MINORS.find((known) => known <= minor) ?? GLIBC_MINORS.at(-1)}`;
}

/** The image's Python, as far as it decides what is installed: of its patch version nobody knows, and none is too old for a lock. */
function pythonOf(host: PythonInfo, platform: Platform, { python, libc }: BuilderFacts): PythonInfo {
  const minor = Number(python.split('.')[1]);
  const machine = UV_ARCHITECTURES[platform.architecture] ?? platform.architecture;
  return {
    path: host.path,
    version: `${python}.99`,
    major: 3,
    minor,
    implementation: 'cpython',
    platform: `linux-${machine}`,
    libc: libc.kind,
  };
}
