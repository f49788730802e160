import { resolve } from 'node:path';
import { ToolError } from '../../../runtime/core/errors.ts';
import { parseCores, parseMemory } from '../../../runtime/core/quantity.ts';
import { parseDuration } from '../../../runtime/core/run-values.ts';
import { formatPlatform } from '../../image/choose-platform.ts';
import type { Platform } from '../../image/descriptor.ts';
import { platformOf } from '../machine-platform.ts';
import { parseAllowedUids, type UidRange } from './allowed-uids.ts';

/** How a builder's own scripts make an image, in a container. */
export interface ContractOptions {
  /** See ScriptPlaces. */
  readonly scriptsUrl: string | null;
  /** Who may run what comes with the source; `null` is anybody. */
  readonly allowedUids: readonly UidRange[] | null;
  /** Who runs assemble, before what the builder says. */
  readonly assembleUser: string | null;
  /** Whether what save-artifacts finds in the image before is given to assemble. */
  readonly isIncremental: boolean;
  readonly injections: readonly Injection[];
  /** Name → file of this machine: read when assemble begins. */
  readonly secrets: Readonly<Record<string, string>>;
  /** As in Docker: `bridge`, `none`, `host`. */
  readonly network: string;
  readonly memoryBytes: number | null;
  readonly millicores: number | null;
  readonly timeoutMs: number;
}

/** What assemble finds, and no image has. */
export interface Injection {
  /** A file or a folder of this machine. */
  readonly from: string;
  /** A folder of the container; relative to where the image's processes begin. */
  readonly to: string;
}

export interface ContractFlags {
  readonly 'build-in'?: string | undefined;
  readonly 'scripts-url'?: string | undefined;
  readonly 'allowed-uids'?: string | undefined;
  readonly 'assemble-user'?: string | undefined;
  readonly incremental: boolean;
  readonly inject: readonly string[];
  readonly 'build-secret': readonly string[];
  readonly 'build-network'?: string | undefined;
  readonly 'build-memory'?: string | undefined;
  readonly 'build-cores'?: string | undefined;
  readonly 'build-timeout'?: string | undefined;
}

/** Reads the flags of a build that are for a container alone; `null` where it is to be on this machine. Paths are relative to `cwd`.
 *  @throws {ToolError} USAGE */
export function readContract(flags: ContractFlags, cwd: string): ContractOptions | null {
  const { 'build-in': place = 'host', ...own } = flags;
  if (place === 'host') return refuseAll(own);
  const { 'scripts-url': scriptsUrl, 'allowed-uids': uids } = own;
  const { 'build-memory': memory, 'build-cores': cores, 'build-timeout': timeout } = own;
  return {
    scriptsUrl: scriptsUrl === undefined ? null : placeOf(scriptsUrl, cwd),
    allowedUids: uids === undefined ? null : parseAllowedUids(uids),
    assembleUser: own['assemble-user'] ?? null,
    isIncremental: own.incremental,
    injections: own.inject.map((text) => parseInjection(text, cwd)),
    secrets: Object.fromEntries(own['build-secret'].map((text) => parseSecret(text, cwd))),
    network: own['build-network'] ?? 'bridge',
    memoryBytes: memory === undefined ? null : parseMemory(memory, '--build-memory'),
    millicores: cores === undefined ? null : parseCores(cores, '--build-cores'),
    timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT_MS : parseDuration(timeout, '--build-timeout'),
  };
}

/** What of the options decides what an image is, for its request key; nothing where there are none. */
export function repeatableFacts(contract: ContractOptions | null): Readonly<Record<string, unknown>> {
  if (contract === null) return {};
  const { scriptsUrl, assembleUser } = contract;
  return { contract: { scriptsUrl, assembleUser } };
}

/** Whether source, builder and these options alone decide what the image is: not where scripts or files come from elsewhere, or an image before. */
export function isSelfContained({ scriptsUrl, injections, isIncremental }: ContractOptions): boolean {
  return (scriptsUrl === null || scriptsUrl.startsWith('image://')) && injections.length === 0 && !isIncremental;
}

/** Refuses what only a plan has a place for: a builder's own scripts decide what runs, and how. `--load` keeps no image that artifacts could be saved from.
 *  @throws {ToolError} USAGE */
export function checkContractFlags(options: Readonly<Record<string, unknown>>): void {
  const given = PLAN_ONLY.filter((name) => isGiven(options[name])).map((name) => `--${name}`);
  if (given.length > 0) {
    throw new ToolError(
      'USAGE',
      `Cannot use ${given.join(', ')} with --build-in docker: the builder's scripts decide it`,
      {
        hint: 'Tell them by a variable (-e, --build-env), or leave out --build-in docker',
      },
    );
  }
  if (!isGiven(options.load) || !isGiven(options.incremental)) return;
  throw new ToolError(
    'USAGE',
    'Cannot use --incremental with --load: a Docker daemon does not give back the image before',
    {
      hint: 'Push the image to a registry, or leave out --incremental',
    },
  );
}

const PLAN_ONLY = [
  ...[
    'spark',
    'python',
    'java',
    'kind',
    'port',
    'conf',
    'packages',
    'exclude-packages',
    'repositories',
    'extra',
    'jars',
  ],
  ...['py-files', 'files', 'executor-env'],
];

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** Refuses another architecture than this machine's: scripts of it do not run here.
 *  @throws {ToolError} USAGE */
export function checkContainerPlatforms(
  platforms: readonly Platform[],
  arch: string,
  hint = 'Leave out --arch, or leave out --build-in docker',
): void {
  const own = formatPlatform(platformOf(arch));
  if (platforms.every((platform) => formatPlatform(platform) === own)) return;
  throw new ToolError('USAGE', `Cannot build in a container for another architecture than ${own}`, { hint });
}

const DEFAULT_TIMEOUT_MS = 60 * 60 * 1_000;
const SECRET_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

function refuseAll(flags: Omit<ContractFlags, 'build-in'>): null {
  const given = Object.entries(CONTAINER_ONLY).filter(([name]) => isGiven(flags[name as keyof typeof flags]));
  if (given.length === 0) return null;
  const names = given.map(([name]) => `--${name}`).join(', ');
  throw new ToolError('USAGE', `Cannot use ${names} for a build on this machine: it is for a builder's own scripts`, {
    hint: 'Add --build-in docker, or leave it out',
  });
}

const CONTAINER_ONLY: Readonly<Record<keyof Omit<ContractFlags, 'build-in'>, true>> = {
  'scripts-url': true,
  'allowed-uids': true,
  'assemble-user': true,
  incremental: true,
  inject: true,
  'build-secret': true,
  'build-network': true,
  'build-memory': true,
  'build-cores': true,
  'build-timeout': true,
};

function placeOf(text: string, cwd: string): string {
  return text.includes('://') ? text : resolve(cwd, text);
}

/** `FILE`, `FILE:FOLDER`. */
function parseInjection(text: string, cwd: string): Injection {
  const [from = '', to = '', ...more] = text.split(':');
  if (from === '' || more.length > 0) {
    throw new ToolError('USAGE', `Cannot read --inject "${text}"`, { hint: 'Write --inject FILE or FILE:FOLDER' });
  }
  return { from: resolve(cwd, from), to };
}

function parseSecret(text: string, cwd: string): readonly [string, string] {
  const equals = text.indexOf('=');
  const [name, file] = [text.slice(0, equals), text.slice(equals + 1)];
  if (equals < 0 || file === '' || !SECRET_NAME.test(name)) {
    throw new ToolError('USAGE', `Cannot read --build-secret "${equals < 0 ? text : `${name}=…`}"`, {
      hint: 'Write --build-secret NAME=FILE; assemble finds it at /run/secrets/NAME',
    });
  }
  return [name, resolve(cwd, file)];
}
