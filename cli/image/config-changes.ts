import type { ContainerConfig } from './image-config.ts';
import { sortKeys } from './json.ts';

/** What an image says otherwise than its base; what is not named stays. */
export interface ConfigChanges {
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Without a command beside it the base's command goes: it was meant for the base's entry point. */
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  /** `4040/tcp`, beside those of the base. */
  readonly exposedPorts?: readonly string[];
  readonly stopSignal?: string;
}

/** The configuration with the changes: variables of the base keep their places, new ones follow by name. */
export function applyChanges(base: ContainerConfig, changes: ConfigChanges): ContainerConfig {
  const { entrypoint, cmd, user, workdir, stopSignal, exposedPorts = [], env = {}, labels = {} } = changes;
  const { Cmd, ...rest } = base;
  const command = cmd ?? (entrypoint === undefined ? Cmd : undefined);
  const ports = { ...base.ExposedPorts, ...Object.fromEntries(exposedPorts.map((port) => [port, {}])) };
  const variables = applyEnv(base.Env ?? [], env);
  const allLabels = { ...base.Labels, ...labels };
  return {
    ...rest,
    ...(command && { Cmd: command }),
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(user !== undefined && { User: user }),
    ...(workdir !== undefined && { WorkingDir: workdir }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    ...(Object.keys(ports).length > 0 && { ExposedPorts: ports }),
    ...(variables.length > 0 && { Env: variables }),
    ...(Object.keys(allLabels).length > 0 && { Labels: allLabels }),
  };
}

/** What was changed from one configuration to the other: `applyChanges` does it again on a third. What was taken away is not known of. */
export function changesBetween(base: ContainerConfig, changed: ContainerConfig): ConfigChanges {
  const env = newEntries(envOf(base.Env ?? []), envOf(changed.Env ?? []));
  const labels = newEntries(base.Labels ?? {}, changed.Labels ?? {});
  const exposedPorts = Object.keys(changed.ExposedPorts ?? {}).filter((port) => !base.ExposedPorts?.[port]);
  const isOtherEntry = !isSame(base.Entrypoint, changed.Entrypoint);
  const { Entrypoint, Cmd, User, WorkingDir, StopSignal } = changed;
  return {
    env,
    labels,
    exposedPorts,
    ...(isOtherEntry && Entrypoint && { entrypoint: Entrypoint }),
    ...((isOtherEntry || !isSame(base.Cmd, Cmd)) && Cmd && { cmd: Cmd }),
    ...(User !== undefined && User !== base.User && { user: User }),
    ...(WorkingDir !== undefined && WorkingDir !== base.WorkingDir && { workdir: WorkingDir }),
    ...(StopSignal !== undefined && StopSignal !== base.StopSignal && { stopSignal: StopSignal }),
  };
}

function applyEnv(base: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const left = new Map(Object.entries(sortKeys(env)));
  const kept = base.map((line) => {
    const name = nameOf(line);
    const value = left.get(name);
    if (value === undefined) return line;
    left.delete(name);
    return `${name}=${value}`;
  });
  return [...kept, ...[...left].map(([name, value]) => `${name}=${value}`)];
}

function envOf(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(lines.map((line) => [nameOf(line), line.slice(nameOf(line).length + 1)]));
}

function nameOf(line: string): string {
  const equals = line.indexOf('=');
  return equals < 0 ? line : line.slice(0, equals);
}

function newEntries(
  base: Readonly<Record<string, string>>,
  changed: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(changed).filter(([key, value]) => base[key] !== value));
}

function isSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return JSON.stringify(a ?? []) === JSON.stringify(b ?? []);
}
