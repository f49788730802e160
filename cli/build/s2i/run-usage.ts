import { randomBytes } from 'node:crypto';
import { awakeTimeout } from '../../../runtime/core/awake-timeout.ts';
import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { KeptImage } from '../../image/pack/make-layer.ts';
import type { BuildContainers } from './build-container.ts';
import type { BuilderContract } from './builder-contract.ts';
import { containerLabels } from './container-owner.ts';
import type { Script } from './find-scripts.ts';
import { runScript } from './run-script.ts';

export interface UsageRequest {
  readonly builder: KeptImage;
  /** As errors say it. */
  readonly name: string;
  readonly contract: BuilderContract;
  readonly script: Script;
}

/** Runs a builder's `usage` in a container without a network that is deleted whatever happens, and gives what it says. The image stays in the daemon only
 *  if it was there.
 *  @throws {ToolError} SCRIPTS_NOT_FOUND when the builder does not have it, SCRIPT_FAILED for another status than 0 and after a minute, and what
 *  the containers throw; rejects with `signal.reason` on abort */
export async function runUsage(request: UsageRequest, containers: BuildContainers, outer: Ctx): Promise<string> {
  await using image = await containers.loadOnce(request.builder, outer);
  using deadline = awakeTimeout(DEADLINE_MS);
  const ctx = withSignal(outer, AbortSignal.any([outer.signal, deadline.signal]));
  try {
    return await say(request, image.name, containers, ctx);
  } catch (error) {
    outer.signal.throwIfAborted();
    if (!deadline.signal.aborted) throw error;
    throw new ToolError('SCRIPT_FAILED', `usage of "${request.name}" did not end within ${DEADLINE_MS / 1_000} s`, {
      cause: error,
    });
  }
}

const DEADLINE_MS = 60_000;
const MOST_LINES = 10_000;
const LAST_LINES = 20;
const NOT_THERE = 127;

async function say(
  { name, contract, script }: UsageRequest,
  image: string,
  containers: BuildContainers,
  ctx: Ctx,
): Promise<string> {
  const { destination } = contract;
  const lines: string[] = [];
  const container = {
    ...{ image, name: `hibana-usage-${randomBytes(4).toString('hex')}`, labels: await containerLabels() },
    ...{ env: [], user: null, network: 'none', uploads: [], memoryBytes: null, millicores: null },
  };
  const onLine = (line: string): void => {
    if (lines.length < MOST_LINES) lines.push(line);
  };
  const input = { variables: {}, assemble: script, alsoUpload: [], source: [], secrets: {} };
  const usage = { script, container, destination, input };
  const run = { name: 'usage', output: null, withinMs: DEADLINE_MS, ...usage } as const;
  await using ended = await runScript(run, containers, onLine, ctx);
  const { status } = ended;
  if (status === 0) return lines.join('\n');
  const details = { status, lastLines: lines.slice(-LAST_LINES) };
  if (status === NOT_THERE) {
    const where = script.kind === 'image' ? script.path : script.name;
    throw new ToolError('SCRIPTS_NOT_FOUND', `Cannot find the script "usage" of "${name}": it has no ${where}`, {
      details,
      hint: 'Name the place that has it with --scripts-url',
    });
  }
  throw new ToolError('SCRIPT_FAILED', `usage of "${name}" ended with status ${status}`, { details });
}
