import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import { IMAGE_PATHS } from '../../../runtime/core/image-layout.ts';
import type { ConfigChanges } from '../../image/config-changes.ts';
import type { LayerEntry, LayerSource } from '../../image/layer-source.ts';
import type { KeptImage } from '../../image/pack/make-layer.ts';
import type { BuildRequest } from '../build-request.ts';
import { BUILDER_LABELS, RUNS_LAUNCHER } from '../builder-labels.ts';
import type { PlatformImage } from '../find-builder.ts';
import type { NamedImage } from '../open-application.ts';
import { type AssembleRequest, assemble } from './assemble.ts';
import type { BuildContainers } from './build-container.ts';
import { containerLabels } from './container-owner.ts';
import type { ContractInput } from './contract-input.ts';
import type { ContractOptions } from './contract-options.ts';
import type { Script } from './find-scripts.ts';
import { keptLabels } from './image-metadata.ts';
import { machineVariables } from './machine-variables.ts';
import { SECRETS_FOLDER } from './run-script.ts';
import { saveArtifacts } from './save-artifacts.ts';

export interface AssembleImageRequest {
  readonly contract: ContractOptions;
  readonly request: BuildRequest;
  readonly builder: NamedImage;
  readonly platform: PlatformImage;
  readonly input: ContractInput;
  /** The image that the destination has under this name now. */
  readonly previous: KeptImage | null;
  /** For what changed: needed until the layer is written. */
  readonly scratch: string;
}

/** What assemble made of a builder. */
export interface ContractImage {
  readonly layer: Omit<LayerSource, 'key'>;
  readonly changes: ConfigChanges;
  /** Those that assemble gave. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Runs `save-artifacts` of the image before, where it is asked for, and `assemble`, each in a container that is deleted whatever happens.
 *  @throws {ToolError} what `assemble` and `containers` throw; FILE_UNREADABLE for a secret */
export async function assembleImage(
  { contract: options, request, builder, platform, input, previous, scratch }: AssembleImageRequest,
  containers: BuildContainers,
  ctx: Ctx,
): Promise<ContractImage> {
  const { contract, scripts, injected, env } = input;
  const [assembleScript, run] = [required(scripts.assemble), required(scripts.run)];
  const { named } = builder;
  const image = await containers.load({ image: platform.image, store: named.store, ref: named.ref }, ctx);
  const { secrets, variables } = await readSecrets(options, request, ctx);
  const common = {
    ...{ name: `hibana-build-${randomBytes(4).toString('hex')}`, labels: await containerLabels() },
    ...{ network: options.network, memoryBytes: options.memoryBytes, millicores: options.millicores },
  };
  const save = options.isIncremental ? scripts['save-artifacts'] : undefined;
  const user = contract.assembleUser ?? platform.image.config.config?.User ?? '';
  const saved = {
    ...{ script: save, previous, user, common, timeoutMs: options.timeoutMs },
    ...{ destination: contract.destination, scratch: await mkdtemp(join(scratch, 'artifacts-')) },
  };
  const artifacts = await saveArtifacts(saved, containers, ctx);
  const made: AssembleRequest = {
    ...common,
    ...{
      image,
      contract,
      assemble: assembleScript,
      alsoUpload: uploads(scripts.run, scripts.usage, scripts['save-artifacts']),
    },
    ...{ source: [...input.source, ...artifacts], env, buildEnv: { ...variables, ...input.buildEnv } },
    ...{ injected, secrets, deadlineMs: options.timeoutMs, scratch: await mkdtemp(join(scratch, 'assembled-')) },
  };
  const { entries, labels } = await assemble(made, containers, ctx);
  return {
    layer: layerOf(entries),
    changes: { env, ...startOf(run, contract.destination, platform) },
    labels: keptLabels(labels, ctx),
  };
}

function required(script: Script | undefined): Script {
  if (script === undefined) throw new Error('a script that was found is gone');
  return script;
}

/** What the image is started with must be in it, unless its builder has it. */
function uploads(...scripts: readonly (Script | undefined)[]): readonly Script[] {
  return scripts.filter((script) => script?.kind === 'upload');
}

function pathOf(script: Script, destination: string): string {
  return script.kind === 'image' ? script.path : posix.join(destination, 'scripts', script.name);
}

/** A builder of hibana's says by its label what its `run` does: then arguments reach the application as in every image of hibana's. */
function startOf(run: Script, destination: string, { image }: PlatformImage): ConfigChanges {
  const isOurs =
    image.config.config?.Labels?.[BUILDER_LABELS.builder] !== undefined &&
    run.kind === 'image' &&
    run.path === `${IMAGE_PATHS.scripts}/run`;
  return isOurs ? RUNS_LAUNCHER : { cmd: [pathOf(run, destination)] };
}

function layerOf(all: readonly LayerEntry[]): ContractImage['layer'] {
  return {
    ...{ kind: 'assemble', createdBy: 'hibana: assemble', parents: {} },
    async *entries() {
      yield* all;
    },
  };
}

interface ReadSecrets {
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  /** That say where they are. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The authorities of `--ca-file` go the same way as secrets: they are for assemble, and of no image. */
async function readSecrets({ secrets }: ContractOptions, { input }: BuildRequest, ctx: Ctx): Promise<ReadSecrets> {
  ctx.signal.throwIfAborted();
  const { caFile } = input.open;
  const files = Object.entries({ ...secrets, ...(caFile === null ? {} : { [CA_NAME]: caFile }) });
  const read = await Promise.all(files.map(async ([name, file]) => [name, await readSecret(file)] as const));
  const authorities = caFile === null ? null : posix.join(SECRETS_FOLDER, CA_NAME);
  return { secrets: Object.fromEntries(read), variables: machineVariables(input.env, authorities) };
}

const CA_NAME = 'hibana-ca.pem';

async function readSecret(file: string): Promise<Buffer> {
  return readFile(file).catch((cause: unknown) => {
    throw new ToolError('FILE_UNREADABLE', `Cannot read the secret "${file}": ${systemCode(cause) ?? 'unknown'}`, {
      cause,
    });
  });
}
