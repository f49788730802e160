import { dirname } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { runChild } from './child.ts';
import type { ToolchainDeps } from './deps.ts';
import { rememberedProbe } from './probe-cache.ts';

export interface JavaInfo {
  /** JAVA_HOME: has `bin/java`. */
  readonly home: string;
  /** `17.0.15` */
  readonly version: string;
  readonly release: number;
  readonly hasVectorModule: boolean;
}

/** What a `java` says about itself; `undefined` when it does not run. It is run, twice, because its path and its name promise nothing. */
export async function probeJava(executable: string, deps: ToolchainDeps, ctx: Ctx): Promise<JavaInfo | undefined> {
  return rememberedProbe({ cache: deps.cache, path: executable, kind: 'java' }, parse, async () => {
    // JAVA_TOOL_OPTIONS may hold what another release refuses; it adds a line to stderr besides.
    const env = { ...deps.env, ...deps.extraEnv, JAVA_TOOL_OPTIONS: undefined, JDK_JAVA_OPTIONS: undefined };
    const run = (args: readonly string[]) =>
      runChild({ file: executable, args, env, deadlineMs: DEADLINE_MS }, ctx).catch(() => undefined);
    const settings: string[] = [];
    const onLine = (line: string) => settings.push(line);
    const [properties, modules] = await Promise.all([
      runChild({ file: executable, args: SHOW, env, deadlineMs: DEADLINE_MS, onLine }, ctx).catch(() => undefined),
      run(['--list-modules']),
    ]);
    ctx.signal.throwIfAborted();
    if (properties?.status !== 0) return undefined;
    return fromSettings(settings, modules?.stdout ?? '');
  });
}

const DEADLINE_MS = 30_000;
const SHOW = ['-XshowSettings:properties', '-version'];

function fromSettings(lines: readonly string[], modules: string): JavaInfo | undefined {
  const values = new Map(lines.flatMap((line) => readSetting(line)));
  const [home, version] = [values.get('java.home'), values.get('java.version')];
  const release = releaseFrom(values.get('java.specification.version') ?? '');
  if (home === undefined || version === undefined || Number.isNaN(release)) return undefined;
  // Java 8 says the `jre` folder of its JAVA_HOME.
  const own = home.endsWith('/jre') ? dirname(home) : home;
  return { home: own, version, release, hasVectorModule: /^jdk\.incubator\.vector(@|$)/m.test(modules) };
}

function readSetting(line: string): readonly (readonly [string, string])[] {
  const match = /^\s+(java\.[a-z.]+) = (.*)$/.exec(line);
  return match ? [[match[1] ?? '', match[2] ?? '']] : [];
}

/** `1.8` is 8, `17` is 17. */
function releaseFrom(specification: string): number {
  return Number(specification.replace(/^1\./, '') || Number.NaN);
}

function parse(value: unknown): JavaInfo | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { home, version, release, hasVectorModule }: Partial<Record<keyof JavaInfo, unknown>> = value;
  if (typeof home !== 'string' || typeof version !== 'string') return undefined;
  if (typeof release !== 'number' || typeof hasVectorModule !== 'boolean') return undefined;
  return { home, version, release, hasVectorModule };
}
