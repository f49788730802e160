import type { Ctx } from '../../runtime/core/context.ts';
import { redact } from '../../runtime/core/errors.ts';
import type { Environment } from '../packages/machine.ts';
import { type ChildResult, runChild } from './child.ts';

export interface UvRun {
  readonly uv: string;
  readonly env: Environment;
  /** Paths in requirements are relative to it. */
  readonly appDir: string;
  readonly python: string;
  /** What is told as progress; default `installs the dependencies`. */
  readonly doing?: string;
  /** Default an hour: building a large package from its source takes long. */
  readonly deadlineMs?: number;
}

/** Runs uv to its end; each of its lines goes out as a `log` event and as what was last seen. Rejects as runChild does. */
export async function runUv(run: UvRun, args: readonly string[], ctx: Ctx): Promise<ChildResult> {
  const doing = run.doing ?? 'installs the dependencies';
  const onLine = (text: string) => {
    const line = redact(text);
    ctx.emit({ type: 'log', step: 'dependencies', line });
    ctx.emit({ type: 'step-progress', step: 'dependencies', doing, lastSeen: line.trim() });
  };
  ctx.emit({ type: 'step-progress', step: 'dependencies', doing });
  const command = {
    file: run.uv,
    args: [...args, '--python', run.python],
    env: run.env,
    cwd: run.appDir,
    deadlineMs: run.deadlineMs ?? DEADLINE_MS,
    onLine,
  };
  const result = await runChild(command, ctx);
  return { ...result, lastLines: result.lastLines.map(redact) };
}

const DEADLINE_MS = 60 * 60_000;
