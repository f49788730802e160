import { CONTAINER_VARIABLES } from '../../core/container-variables.ts';
import { ERROR_CATALOG } from '../../core/error-catalog.ts';
import type { StampedEvent } from '../../core/events.ts';
import { READ_ITS_LOG } from '../outcome.ts';

/** What an event is to people, as lines. All begin with `hibana:`, so that they can be told from the job's. */
export function eventText(event: StampedEvent): readonly string[] {
  switch (event.type) {
    case 'step-finished':
      return [`hibana: ${event.step}: ${event.detail} (${(event.elapsedMs / 1_000).toFixed(1)} s)`];
    case 'step-failed':
      // Why is told with the outcome; only a failed cleanup has no other place.
      return event.step === 'cleanup' ? [`hibana: cleanup: ${event.message} [${event.code}]`] : [];
    case 'notice':
      return lines(`${event.level === 'warning' ? 'warning: ' : ''}${event.message}`, event.hint);
    case 'member': {
      if (event.state !== 'lost') return [];
      const name = event.role === 'master' ? 'the master' : `worker ${event.index}`;
      return lines(`cluster: ${name} was lost${event.detail === undefined ? '' : `: ${event.detail}`}`);
    }
    case 'log':
      return [`hibana: ${event.step}: | ${event.line}`];
    case 'outcome': {
      const { reason } = event.outcome;
      return reason === null ? [] : lines(`${reason.message} [${reason.code}]`, reason.hint);
    }
    default:
      return [];
  }
}

function lines(message: string, hint = ''): readonly string[] {
  return [`hibana: ${message}`, ...(hint === '' ? [] : [`  ${hintInContainer(hint)}`])];
}

/** A hint for people who have no options: the variables that say the same. */
export function hintInContainer(hint: string): string {
  return (HINTS[hint] ?? hint).replace(/--[a-z][a-z-]+/g, (option) => VARIABLE_OF[option] ?? option);
}

/** Hints that are about the command line alone. */
const HINTS: Readonly<Record<string, string>> = {
  [ERROR_CATALOG.USAGE.hint]: 'Correct the variable that the message names',
  [READ_ITS_LOG]: 'Read the last lines that the job printed, above',
  [ERROR_CATALOG.SPARK_MISMATCH.hint]: "Build the image again, for the cluster's version of Spark",
  [ERROR_CATALOG.PYTHON_MISMATCH.hint]: "Build the image again, for the workers' version of Python",
};

const VARIABLE_OF: Readonly<Record<string, string>> = Object.fromEntries(
  CONTAINER_VARIABLES.flatMap(({ name, flag }) => (flag === null ? [] : [[flag, name]])),
);
