import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { openGit } from '../../../../../cli/source/git/open-git.ts';
import type { OpenOptions } from '../../../../../cli/source/options.ts';
import type { Source } from '../../../../../cli/source/source.ts';
import { ToolError } from '../../../../../runtime/core/errors.ts';
import { type TestCtx, testCtx } from '../../../../helpers/ctx.ts';
import { startWorkbench } from '../../../../helpers/git-workbench.ts';

export type GitSource = Extract<Source, { kind: 'git' }>;

export function gitSource(url: string, ref: string | null = null, contextDir: string | null = null): GitSource {
  return { kind: 'git', url, ref, contextDir };
}

/** Opens a source that must fail; checks that neither a folder nor a process is left. */
export async function failureOf(
  source: GitSource,
  change: Partial<OpenOptions> = {},
  ctx: TestCtx = testCtx(),
): Promise<ToolError> {
  await using bench = await startWorkbench();
  const error = await openGit(source, bench.options(change), ctx).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(await bench.left()).toEqual([]);
  expect(await bench.processes()).toEqual([]);
  if (error instanceof ToolError) return error;
  throw new Error('it did not fail with a ToolError', { cause: error });
}

/** Commits, trees and files in the repository of a checkout. */
export function countObjects(dir: string): number {
  const output = execFileSync('git', ['-C', dir, 'cat-file', '--batch-all-objects', '--batch-check'], {
    encoding: 'utf8',
  });
  return output.trim().split('\n').length;
}
