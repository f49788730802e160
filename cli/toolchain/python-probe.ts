import type { Ctx } from '../../runtime/core/context.ts';
import type { Environment } from '../packages/machine.ts';
import { runChild } from './child.ts';
import type { ToolchainDeps } from './deps.ts';
import { rememberedProbe } from './probe-cache.ts';

export interface PythonInfo {
  /** `sys.executable`. */
  readonly path: string;
  /** `3.11.7` */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  /** `cpython` */
  readonly implementation: string;
  /** `linux-x86_64` */
  readonly platform: string;
  /** `glibc`, `musl`; empty where there is no such thing. */
  readonly libc: string;
}

/** What a Python says about itself; `undefined` when it does not run or is too old to answer. */
export function probePython(path: string, deps: ToolchainDeps, ctx: Ctx): Promise<PythonInfo | undefined> {
  const env = { ...deps.env, ...deps.extraEnv };
  const question = JSON.stringify([path, env]);
  const answer = deps.answers?.get(question) ?? ask(path, env, deps, ctx);
  deps.answers?.set(question, answer);
  return answer;
}

function ask(path: string, env: Environment, { cache }: ToolchainDeps, ctx: Ctx): Promise<PythonInfo | undefined> {
  return rememberedProbe({ cache, path, kind: 'python' }, parse, async () => {
    const command = { file: path, args: ['-I', '-c', PROGRAM], env, deadlineMs: DEADLINE_MS };
    const answer = await runChild(command, ctx).catch(() => undefined);
    ctx.signal.throwIfAborted();
    return answer?.status === 0 ? parseText(answer.stdout) : undefined;
  });
}

const DEADLINE_MS = 20_000;
const PROGRAM = `
import json, platform, sys, sysconfig
v = sys.version_info
libc = platform.libc_ver()[0] or ("musl" if "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "") else "")
print(json.dumps({"path": sys.executable, "version": "%d.%d.%d" % v[:3], "major": v[0], "minor": v[1],
  "implementation": sys.implementation.name, "platform": sysconfig.get_platform(), "libc": libc}))
`;

function parseText(text: string): PythonInfo | undefined {
  try {
    return parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function parse(value: unknown): PythonInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { path, version, major, minor, implementation, platform, libc }: Partial<Record<keyof PythonInfo, unknown>> =
    value;
  if (typeof path !== 'string' || typeof version !== 'string' || typeof implementation !== 'string') return undefined;
  if (typeof major !== 'number' || typeof minor !== 'number') return undefined;
  if (typeof platform !== 'string' || typeof libc !== 'string') return undefined;
  return { path, version, major, minor, implementation, platform, libc };
}
