import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { Environment } from '../../packages/machine.ts';
import { parseJson } from '../json.ts';

/** A file with logins for registries: Docker's `config.json`, `auth.json` of podman and skopeo, `.dockerconfigjson` of a Kubernetes secret. */
export interface AuthFile {
  readonly path: string;
  readonly auths: Readonly<Record<string, AuthEntry>>;
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | null;
}

export type AuthEntry = z.infer<typeof EntrySchema>;

export interface AuthFilePlaces {
  /** An option of the command line; `null` lets the environment say. */
  readonly file: string | null;
  readonly env: Environment;
  readonly home: string;
}

/** The files there are, the first that has a login counts: the option alone, `REGISTRY_AUTH_FILE` alone, else those where docker and podman log in.
 *  @throws {ToolError} FILE_UNREADABLE for one that was named and is not there; CONFIG_INVALID for one that is no such file */
export async function readAuthFiles({ file, env, home }: AuthFilePlaces): Promise<readonly AuthFile[]> {
  const named = file ?? (env.REGISTRY_AUTH_FILE || null);
  if (named !== null) return [parse(named, await readNamed(named))];
  const paths = [
    join(env.DOCKER_CONFIG || join(home, '.docker'), 'config.json'),
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'containers', 'auth.json')] : []),
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers', 'auth.json'),
  ];
  const files = await Promise.all(
    paths.map(async (path) => {
      const bytes = await readFile(path).catch((error) => missing(error, path));
      return bytes === undefined ? [] : [parse(path, bytes)];
    }),
  );
  return files.flat();
}

async function readNamed(path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw unreadable(path, cause);
  });
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);

function missing(error: unknown, path: string): undefined {
  if (!ABSENT.has(systemCode(error) ?? '')) throw unreadable(path, error);
}

function unreadable(path: string, cause: unknown): ToolError {
  return new ToolError('FILE_UNREADABLE', `Cannot read the logins for registries in "${path}"`, {
    cause,
    details: { path },
  });
}

const text = z.exactOptional(z.string());
const EntrySchema = z.looseObject({
  auth: text,
  username: text,
  password: text,
  identitytoken: text,
  registrytoken: text,
});
const FileSchema = z.looseObject({
  auths: z.exactOptional(z.record(z.string(), EntrySchema)),
  credHelpers: z.exactOptional(z.record(z.string(), z.string())),
  credsStore: text,
});

/** podman leaves an empty file where nobody is logged in. Never quotes what the file has. */
function parse(path: string, bytes: Buffer): AuthFile {
  const value = bytes.toString().trim() === '' ? {} : parseJson(bytes);
  const parsed = FileSchema.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw notALoginFile(
      path,
      value === undefined ? 'it is no JSON' : `"${String(first?.path[0] ?? '')}" is not what it must be`,
    );
  }
  const { auths = {}, credHelpers = {}, credsStore } = parsed.data;
  return { path, auths, credHelpers, credsStore: credsStore || null };
}

/** What is wrong with such a file, in words without a secret. */
export function notALoginFile(path: string, state: string): ToolError {
  return new ToolError('CONFIG_INVALID', `Cannot read the logins for registries in "${path}": ${state}`, {
    details: { path },
    hint: `Correct "${path}", or name another file with REGISTRY_AUTH_FILE`,
  });
}
