import { join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { displayUrl, type GitUrl } from '../git-url.ts';
import type { OpenOptions } from '../options.ts';
import { gitEnvironment } from './environment.ts';
import { explainFailure } from './failure.ts';
import { progressReporter } from './progress.ts';
import { type GitLimits, type GitResult, runGit } from './run-git.ts';

/** git, for one repository and for as long as one source is being opened. */
export interface GitSession {
  readonly url: GitUrl;
  /** Ours alone; goes with everything in it. */
  readonly folder: string;
  readonly options: OpenOptions;
  /** Runs git in `dir` and gives back its status. */
  run(args: readonly string[], dir: string, ctx: Ctx): Promise<GitResult>;
  /** Runs git in `dir` for its output. @throws {ToolError} the code that explains why it failed. */
  need(args: readonly string[], dir: string, ctx: Ctx): Promise<string>;
  /** The same limits and folder for another repository. */
  at(url: GitUrl): GitSession;
}

export function gitSession(url: GitUrl, folder: string, options: OpenOptions, limits: GitLimits): GitSession {
  const mark = 'HIBANA_CHECKOUT';
  const env = { ...gitEnvironment(url, join(folder, 'askpass'), options), [mark]: folder };
  const shown = displayUrl(url.text);
  const run: GitSession['run'] = (args, dir, ctx) => {
    const onProgress = progressReporter(`fetches ${shown}`, ctx);
    return runGit(args, { dir, env, limits, mark: `${mark}=${folder}`, onProgress }, ctx);
  };
  return {
    url,
    folder,
    options,
    run,
    need: async (args, dir, ctx) => {
      const result = await run(args, dir, ctx);
      if (result.exitCode !== 0) throw await explainFailure(result, url, options, ctx);
      return result.stdout;
    },
    at: (other) => gitSession(other, folder, options, limits),
  };
}
