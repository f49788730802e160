import type { ReporterKind } from './reporter.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ReporterChoice {
  readonly output: 'text' | 'json' | 'ndjson';
  readonly quiet: boolean;
  readonly plain: boolean;
  /** Ours goes to stderr only: whether stdout is a terminal changes nothing. */
  readonly stderrIsTty: boolean;
  readonly env: Environment;
}

/** Which reporter is used. What the user asked for counts first; the tree only where a person watches a terminal that can redraw. */
export function chooseReporter({ output, quiet, plain, stderrIsTty, env }: ReporterChoice): ReporterKind {
  if (output !== 'text') return output;
  if (quiet) return 'quiet';
  const canRedraw = stderrIsTty && env.TERM !== 'dumb' && env.TERM !== undefined;
  const wantsLines = plain || isSet(env.CI) || isSet(env.INK_SCREEN_READER);
  return canRedraw && !wantsLines ? 'ink' : 'lines';
}

export interface ColorChoice {
  readonly noColor: boolean;
  readonly isTty: boolean;
  readonly env: Environment;
}

/** Whether one stream gets colors: `--no-color`, then NO_COLOR, then FORCE_COLOR, then what the stream is.
 *  Source: no-color.org (any value but the empty one), force-color.org. */
export function usesColor({ noColor, isTty, env }: ColorChoice): boolean {
  if (noColor || (env.NO_COLOR ?? '') !== '') return false;
  if (isSet(env.FORCE_COLOR)) return true;
  return isTty && env.TERM !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
