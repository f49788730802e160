import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { POD_PATHS } from '../../runtime/platform/kubernetes/kubernetes-place.ts';

export interface CarriedSecrets {
  /** Where the launcher finds them. */
  readonly secrets: Readonly<Record<string, string>>;
  /** By the keys of the Secret that brings them. */
  readonly files: Readonly<Record<string, Buffer>>;
}

/** The secrets of a run, read from this machine.
 *  @throws {ToolError} FILE_UNREADABLE */
export async function carrySecrets({ submit }: LaunchRequest): Promise<CarriedSecrets> {
  const folder = posix.dirname(POD_PATHS.request);
  const read = await Promise.all(
    Object.entries(submit.secrets).map(async ([name, file]) => {
      const content = await readFile(file).catch((cause: unknown) => {
        throw new ToolError('FILE_UNREADABLE', `Cannot read the secret "${name}" from "${file}"`, { cause });
      });
      return { name, key: `secret.${name}`, content };
    }),
  );
  return {
    secrets: Object.fromEntries(read.map(({ name, key }) => [name, posix.join(folder, key)])),
    files: Object.fromEntries(read.map(({ key, content }) => [key, content])),
  };
}
