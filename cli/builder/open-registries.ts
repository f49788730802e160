import { resolve } from 'node:path';
import { createRegistries, type Registries } from '../image/registry/registries.ts';
import type { Environment } from '../packages/machine.ts';

/** The flags by which registries are reached. */
export interface RegistryFlags {
  readonly 'ca-file'?: string | undefined;
  readonly 'registry-auth-file'?: string | undefined;
  readonly 'insecure-registry': readonly string[];
}

export interface RegistryEdges {
  readonly env: Environment;
  readonly home: string;
  readonly cwd: string;
}

/** Registries, as flags and environment say they are reached. Nothing is asked yet. */
export function openRegistries(flags: RegistryFlags, { env, home, cwd }: RegistryEdges): Registries {
  const authFile = flags['registry-auth-file'];
  return createRegistries({
    ...{ env, home, caFile: caFileOf(flags, cwd), insecure: flags['insecure-registry'] },
    authFile: authFile === undefined ? null : resolve(cwd, authFile),
  });
}

export function caFileOf(flags: Pick<RegistryFlags, 'ca-file'>, cwd: string): string | null {
  return flags['ca-file'] === undefined ? null : resolve(cwd, flags['ca-file']);
}
