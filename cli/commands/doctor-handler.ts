import { resolve } from 'node:path';
import { ERROR_CATALOG } from '../../runtime/core/error-catalog.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { DEFAULT_SPARK_SERIES } from '../../runtime/core/spark-versions.ts';
import { runChecks } from '../doctor/check.ts';
import { findingsText, summary } from '../doctor/findings-text.ts';
import { kubernetesProbe } from '../doctor/kubernetes-probe.ts';
import { standardChecks } from '../doctor/standard-checks.ts';
import { indexTokens } from '../run/index-tokens.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './doctor.ts';

const DEADLINE_MS = 60_000;

export const doctorCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  const { env, home, platform, arch, pid } = app;
  const folders = foldersFrom(env, home);
  const tokens = indexTokens(options, (path) => resolve(app.cwd, path));
  const index = { indexUrl: options['index-url'] ?? null, caFile: options['ca-file'] ?? null, tokens };
  const deps = { cache: folders.cache, env, home, platform, arch, pid, extraEnv: {}, index };
  const spark = options.spark ?? DEFAULT_SPARK_SERIES;
  const checks = standardChecks({ deps, folders, node: app.node, spark, kubernetes: kubernetesProbe(options, app) });
  const ctx = { signal: AbortSignal.timeout(DEADLINE_MS), emit: () => {}, now: app.now };
  const results = await runChecks(checks, ctx);
  const failed = results.some(({ state }) => state === 'failure');
  const error = { code: 'CHECK_FAILED', message: summary(results), hint: ERROR_CATALOG.CHECK_FAILED.hint };
  await app.writeResult({ text: findingsText(results), data: { checks: results }, ...(failed ? { error } : {}) });
  return failed ? ExitCode.checkFailed : ExitCode.ok;
};
