import { constants } from 'node:os';
import type { Outcome } from '../../runtime/core/lease-directory.ts';
import { cleanLine, formatElapsed } from './format.ts';
import type { Ending } from './reporter.ts';

/** How many of the lines it is given a failure shows. */
export const SHOWN_LINES = 20;

/** How a run ended, for people. A failure: the cause, what to do, the last lines of the log, where the logs are; then, always last,
 *  what happened and how long each step took. */
export function endingLines({ outcome, lastLines }: Ending): readonly string[] {
  const failure = outcome.kind === 'succeeded' ? [] : failureLines(outcome, lastLines);
  const leftovers = outcome.leftovers.map((leftover) => `  left behind: ${leftover}`);
  return [...failure, ...leftovers, summaryLine(outcome)];
}

/** `hibana: the job ended with status 3 after 12.4 s (source 0.3 s · cluster 2.1 s · job 9.2 s)` */
export function summaryLine(outcome: Outcome): string {
  const elapsedMs = Date.parse(outcome.finishedAt) - Date.parse(outcome.startedAt);
  const steps = outcome.steps.map(
    ({ step, elapsedMs: ms, ok }) => `${step} ${formatElapsed(ms)}${ok ? '' : ' failed'}`,
  );
  const times = steps.length === 0 ? '' : ` (${steps.join(' · ')}${overlap(outcome, elapsedMs)})`;
  return `hibana: ${whatHappened(outcome, `after ${formatElapsed(elapsedMs)}`)}${times}`;
}

/** The job begins while workers still come: without a word the sum of the steps would be a riddle. */
function overlap({ steps }: Outcome, elapsedMs: number): string {
  const names = ['cluster', 'job'].filter((name) => steps.some(({ step }) => step === name));
  const sum = steps.reduce((total, { elapsedMs: ms }) => total + ms, 0);
  return names.length === 2 && sum > elapsedMs ? `; ${names.join(' and ')} overlap` : '';
}

function whatHappened(outcome: Outcome, after: string): string {
  switch (outcome.kind) {
    case 'succeeded':
      return `the job succeeded ${after}`;
    case 'failed':
      return `${howItFailed(outcome.jobStatus)} ${after}`;
    case 'interrupted':
      return `the run was interrupted by ${signalOf(outcome.exitCode) ?? 'a signal'} ${after}`;
    case 'timed-out':
      return `the run was stopped by its time-out ${after}`;
    case 'not-started':
      return hasJob(outcome)
        ? `the run failed ${after}: the cluster did not take the job`
        : `the run failed ${after}, before the job was started`;
    case 'lost':
      return `the launcher was lost ${after}, and how the job ended is not known`;
  }
}

/** Its driver may have begun, and have asked in vain. */
function hasJob({ steps }: Outcome): boolean {
  return steps.some(({ step }) => step === 'job');
}

function howItFailed(jobStatus: number | null): string {
  if (jobStatus === null) return 'the job failed';
  const signal = signalOf(jobStatus);
  return signal === undefined
    ? `the job ended with status ${jobStatus}`
    : `the job was killed by ${signal} (status ${jobStatus})`;
}

/** The signal behind a status of 128 + n. A program that chose such a status itself cannot be told from a killed one. */
function signalOf(status: number): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => status === 128 + number)?.[0];
}

function failureLines({ reason, logs }: Outcome, lastLines: readonly string[]): readonly string[] {
  const shown = lastLines.slice(-SHOWN_LINES).map((line) => `  | ${cleanLine(line)}`);
  return [
    ...(reason === null ? [] : [`hibana: ${reason.message} [${reason.code}]`, ...indented(reason.hint)]),
    ...(shown.length === 0 ? [] : ['  last lines of the log:', ...shown]),
    ...(logs === '' ? [] : [`  logs: ${logs}`]),
  ];
}

function indented(hint: string): readonly string[] {
  return hint === '' ? [] : hint.split('\n').map((line) => `  ${line}`);
}
