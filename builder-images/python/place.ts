import { ToolError } from '../../runtime/core/errors.ts';

/** Where something is said: lines count from 1; `null` where the format has none to tell. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
}

export function formatPlace({ file, line }: Place): string {
  return line === null ? file : `${file}:${line}`;
}

export function invalidRequirements(place: Place, what: string, cause?: unknown): ToolError {
  const { file, line } = place;
  return new ToolError('REQUIREMENTS_INVALID', `${formatPlace(place)}: ${what}`, {
    details: line === null ? { file } : { file, line },
    ...(cause === undefined ? {} : { cause }),
  });
}
