import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import type { SettledSource } from '../../run/read-application.ts';
import type { BuildDeps } from '../build-deps.ts';
import { type BuildRequest, buildFacts } from '../build-request.ts';
import { hashOf } from '../content-hash.ts';
import type { PlatformImage } from '../find-builder.ts';
import { readContent } from '../host/source-content.ts';
import { checkVariableNames } from '../refused-names.ts';
import { isAllowedUser } from './allowed-uids.ts';
import { type BuilderContract, readBuilderContract } from './builder-contract.ts';
import { buildVariables, imageVariables } from './contract-environment.ts';
import type { ContractOptions } from './contract-options.ts';
import { parseEnvironmentFile } from './environment-file.ts';
import { fetchScript } from './fetch-script.ts';
import { findScripts, SCRIPT_NAMES, type Script, type ScriptName } from './find-scripts.ts';
import { type InjectedFiles, readInjections } from './injected-files.ts';

/** All that assemble gets, and the key of what comes of it. */
export interface ContractInput {
  readonly contract: BuilderContract;
  readonly scripts: Readonly<Partial<Record<ScriptName, Script>>>;
  /** By paths that begin with `src`. */
  readonly source: readonly LayerEntry[];
  readonly injected: InjectedFiles;
  /** For assemble and the image. */
  readonly env: Readonly<Record<string, string>>;
  /** For assemble alone. */
  readonly buildEnv: Readonly<Record<string, string>>;
  readonly key: string;
  /** Whether a request for the same is for the same: not where scripts come from elsewhere than the source and the builder. */
  readonly isRepeatable: boolean;
}

export interface InputRequest {
  readonly contract: ContractOptions;
  readonly request: BuildRequest;
  readonly source: SettledSource;
  readonly platform: PlatformImage;
}

/** Reads what a builder's scripts are given of a source; nothing is run.
 *  @throws {ToolError} USER_FORBIDDEN, SCRIPTS_NOT_FOUND, ENVIRONMENT_INVALID, ENVIRONMENT_REFUSED, FILE_UNREADABLE, SOURCE_CHANGED */
export async function readContractInput(input: InputRequest, deps: BuildDeps, ctx: Ctx): Promise<ContractInput> {
  const { contract: options, request, source, platform } = input;
  const config = platform.image.config.config ?? {};
  const contract = withUser(readBuilderContract(config), options.assembleUser);
  checkUser(contract.assembleUser ?? config.User ?? '', options);
  const places = { chosen: options.scriptsUrl, source: source.dir, builder: contract.scriptsUrl };
  const scripts = await findScripts(places, fetchScript(deps, request.input.open.caFile), ctx);
  const rules = { gitignore: source.tree.commit === null, exclude: [...source.settings.plan.exclude, ...SCRIPTS] };
  const content = await readContent(source.dir, rules, ctx);
  const injected = await readInjections(options.injections, config.WorkingDir ?? '/', ctx);
  const env = { ...(await readEnvironment(source.dir)), ...imageVariables(source.settings) };
  checkVariableNames(Object.keys(env), 'the environment of the image');
  const buildEnv = buildVariables(source, platform, request);
  const facts = {
    ...{ format: FORMAT, builder: platform.image.descriptor.digest, contract, env, buildEnv },
    name: source.settings.plan.name,
    source: content.facts,
    scripts: Object.entries(scripts).map(([name, script]) => [name, factsOf(script)]),
    injected: injected.hash,
    build: buildFacts(request, source.settings.build.env, platform.image.descriptor.digest, deps.tool),
  };
  const entries = content.entries((path) => Buffer.concat([Buffer.from('src/'), path]));
  const isRepeatable = places.builder === null || places.builder.startsWith('image://');
  return { contract, scripts, source: entries, injected, env, buildEnv, key: hashOf(facts), isRepeatable };
}

/** Changes when the same facts make another image. */
const FORMAT = 1;
const ENVIRONMENT_FILE = '.s2i/environment';
/** What of a source is no part of it. */
const SCRIPTS = SCRIPT_NAMES.map((name) => `/.s2i/bin/${name}`);

function withUser(contract: BuilderContract, user: string | null): BuilderContract {
  return user === null ? contract : { ...contract, assembleUser: user };
}

function checkUser(user: string, { allowedUids }: ContractOptions): void {
  if (allowedUids === null || isAllowedUser(user, allowedUids)) return;
  const who = user === '' ? 'root' : `"${user}"`;
  throw new ToolError('USER_FORBIDDEN', `Cannot build: assemble would run as ${who}, which --allowed-uids leaves out`, {
    details: { user },
  });
}

async function readEnvironment(dir: string): Promise<Readonly<Record<string, string>>> {
  const file = join(dir, ENVIRONMENT_FILE);
  try {
    return parseEnvironmentFile(await readFile(file, 'utf8'), ENVIRONMENT_FILE);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    if (code === undefined) throw cause;
    throw new ToolError('FILE_UNREADABLE', `Cannot read "${ENVIRONMENT_FILE}": ${code}`, { cause });
  }
}

function factsOf(script: Script): unknown {
  return script.kind === 'image' ? script.path : hashOf(Buffer.from(script.bytes).toString('base64'));
}
