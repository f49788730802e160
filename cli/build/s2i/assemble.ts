import { posix } from 'node:path';
import { awakeTimeout } from '../../../runtime/core/awake-timeout.ts';
import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { LayerEntry } from '../../image/layer-source.ts';
import type { ContainerHost } from './build-container.ts';
import type { BuilderContract } from './builder-contract.ts';
import { changedEntries } from './changed-entries.ts';
import type { Script } from './find-scripts.ts';
import { IMAGE_METADATA_FILE, parseImageMetadata } from './image-metadata.ts';
import type { InjectedFiles } from './injected-files.ts';
import { runScript, type ScriptRun } from './run-script.ts';
import { readTextFile } from './spool-archive.ts';

export interface AssembleRequest {
  readonly image: string;
  readonly contract: BuilderContract;
  readonly assemble: Script;
  /** Scripts that the image will be started with and that it does not have. */
  readonly alsoUpload: readonly Script[];
  readonly source: readonly LayerEntry[];
  /** For assemble alone; no part of the image. */
  readonly buildEnv: Readonly<Record<string, string>>;
  /** For assemble and for the image. */
  readonly env: Readonly<Record<string, string>>;
  /** What is there before assemble, and not in the image. */
  readonly injected: Pick<InjectedFiles, 'uploads' | 'paths'>;
  /** Name → bytes: files in `/run/secrets`, in memory alone. */
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly memoryBytes: number | null;
  readonly millicores: number | null;
  readonly network: string;
  readonly deadlineMs: number;
  /** For the contents of what changed: needed until the layer is written. */
  readonly scratch: string;
}

export interface Assembled {
  readonly entries: readonly LayerEntry[];
  /** What assemble wants the image to be labelled with, before all others. */
  readonly labels: Readonly<Record<string, string>>;
}

const LAST_LINES = 20;

/** Runs a builder's `assemble` on a source, in a container that is deleted whatever happens, and gives what it changed of its image.
 *  @throws {ToolError} ASSEMBLE_FAILED with its status and last lines in the details, ASSEMBLE_TIMEOUT after `deadlineMs`, and what the host and
 *  `changedEntries` throw; rejects with `signal.reason` on abort */
export async function assemble(request: AssembleRequest, host: ContainerHost, outer: Ctx): Promise<Assembled> {
  using deadline = awakeTimeout(request.deadlineMs);
  const ctx = withSignal(outer, AbortSignal.any([outer.signal, deadline.signal]));
  const lines: string[] = [];
  try {
    await using ended = await runScript(runOf(request), host, (line) => tell(line, lines, ctx), ctx);
    const { container, status } = ended;
    if (status !== 0) throw failed(status, lines);
    const entries = await changedEntries(container, { except: leftovers(request), scratch: request.scratch }, ctx);
    const metadata = await readTextFile(container, IMAGE_METADATA_FILE, ctx);
    return { entries, labels: metadata === undefined ? {} : parseImageMetadata(metadata) };
  } catch (error) {
    outer.signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    const seconds = Math.round(request.deadlineMs / 1_000);
    throw new ToolError('ASSEMBLE_TIMEOUT', `assemble did not end within ${seconds} s`, {
      cause: error,
      details: { lastLines: lines },
    });
  }
}

function runOf(request: AssembleRequest): ScriptRun {
  const { contract, assemble: script, name, labels, memoryBytes, millicores, network, image, deadlineMs } = request;
  const container = {
    ...{ image, name, labels, memoryBytes, millicores, network },
    env: Object.entries(request.env).map(([key, value]) => `${key}=${value}`),
    user: contract.assembleUser,
    uploads: request.injected.uploads,
  };
  const { destination } = contract;
  const input = { ...request, variables: request.buildEnv };
  return { name: 'assemble', script, container, destination, input, output: null, withinMs: deadlineMs };
}

/** What s2i leaves in its images, and nobody needs there. */
function leftovers({ contract, assemble: script, alsoUpload, injected }: AssembleRequest): readonly string[] {
  const { destination } = contract;
  const scripts = posix.join(destination, 'scripts');
  const isNeeded = alsoUpload.length > 0;
  const inDestination = ['src', 'artifacts'].map((folder) => posix.join(destination, folder));
  const uploaded = isNeeded ? (script.kind === 'upload' ? [posix.join(scripts, script.name)] : []) : [scripts];
  const metadata = posix.dirname(IMAGE_METADATA_FILE);
  return [...(destination === '/tmp' ? inDestination : []), ...uploaded, metadata, ...injected.paths];
}

function tell(line: string, lines: string[], ctx: Ctx): void {
  lines.push(line);
  if (lines.length > LAST_LINES) lines.shift();
  ctx.emit({ type: 'log', step: 'assemble', line });
}

function failed(status: number, lines: readonly string[]): ToolError {
  return new ToolError('ASSEMBLE_FAILED', `assemble ended with status ${status}`, {
    details: { status, lastLines: [...lines] },
  });
}
