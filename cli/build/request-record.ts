import * as z from 'zod/mini';
import { ToolError } from '../../runtime/core/errors.ts';
import { VARIABLES } from '../config/ancestor-env.ts';
import type { Flags, Settings } from '../config/settings.ts';
import { readUser } from '../run/read-application.ts';
import type { BuildRequest } from './build-request.ts';
import { labelUrl } from './label-url.ts';
import type { ContractOptions } from './s2i/contract-options.ts';

const texts = z.record(z.string(), z.string());

const RecordSchema = z.object({
  version: z.literal(1),
  source: z.object({
    url: z.string(),
    /** As it was asked for: a branch, a tag. */
    ref: z.nullable(z.string()),
    contextDir: z.nullable(z.string()),
    submodules: z.boolean(),
    lfs: z.boolean(),
  }),
  /** What was said on the command line; variables by their values. */
  flags: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  /** The variables of the environment that say something of an application. */
  env: texts,
  /** What the user's own file said; `null` where there was none. */
  user: z.nullable(z.string()),
  labels: texts,
  /** How the builder's own scripts were run; not there where they were not. */
  contract: z.optional(
    z.object({
      scriptsUrl: z.nullable(z.string()),
      assembleUser: z.nullable(z.string()),
    }),
  ),
});

/** What was asked for when an image was built, to ask for it again. What is for the build alone, and secrets, are not in it. */
export type RequestRecord = Readonly<z.infer<typeof RecordSchema>>;

/** The record of a request; `null` for what nobody else could fetch again. */
export async function recordOf(
  { input, labels, contract }: BuildRequest,
  early: Settings,
  ref: string | null,
): Promise<RequestRecord | null> {
  const { source, open, env } = input;
  if (source.kind !== 'git') return null;
  const { url, contextDir } = source;
  const names = VARIABLES.map(({ name }) => name);
  return {
    version: 1,
    source: { url: labelUrl(url), ref, contextDir, submodules: open.submodules, lfs: open.lfs },
    flags: flagsOf(input.flags, early),
    env: Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    user: await userOf(input),
    labels,
    ...(contract === null ? {} : { contract: recordedContract(contract) }),
  };
}

function recordedContract({ scriptsUrl, assembleUser }: ContractOptions): RequestRecord['contract'] {
  return { scriptsUrl: recordedPlace(scriptsUrl), assembleUser };
}

/** A place of the machine that built it is nobody else's, and no image says where it was. */
function recordedPlace(scriptsUrl: string | null): string | null {
  if (scriptsUrl === null || scriptsUrl.startsWith('image://')) return scriptsUrl;
  return /^https?:/.test(scriptsUrl) ? labelUrl(scriptsUrl) : LOCAL_SCRIPTS;
}

/** Instead of a folder. */
export const LOCAL_SCRIPTS = 'local';

export function formatRecord(record: RequestRecord): string {
  return JSON.stringify(record);
}

/** @throws {ToolError} REBUILD_UNSUPPORTED for what is missing or of another version; `name` is the image's */
export function parseRecord(text: string | undefined, name: string): RequestRecord {
  const parsed = RecordSchema.safeParse(text === undefined ? undefined : parseJson(text));
  if (parsed.success) return parsed.data;
  throw new ToolError('REBUILD_UNSUPPORTED', `Cannot rebuild "${name}": it does not say how it was built`, {
    hint: 'Build it from its source: only what was built from git can be built again from its image',
  });
}

const NOT_RECORDED = ['secret', 'envFile', 'buildEnv', 'cluster', 'clusterUi', 'clusterSecretFile', 'driverHost'];
const URLS = ['indexUrl', 'repositories'];

function flagsOf(flags: Flags, { submit }: Settings): RequestRecord['flags'] {
  const said = { ...flags, env: assignments(submit.env), executorEnv: assignments(submit.executorEnv) };
  const entries = Object.entries(said).flatMap(([name, value]): [string, string | string[]][] => {
    if (value === undefined || value.length === 0 || NOT_RECORDED.includes(name)) return [];
    const clean = URLS.includes(name) ? labelUrl : (text: string) => text;
    return [[name, typeof value === 'string' ? clean(value) : value.map(clean)]];
  });
  return Object.fromEntries(entries);
}

function assignments(variables: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** JSON is YAML. */
async function userOf(input: BuildRequest['input']): Promise<string | null> {
  const user = await readUser(input);
  if (user === null) return null;
  const { secrets: _, notify: _notify, cluster: _cluster, ...image } = user;
  return JSON.stringify(image);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
