import { CONTAINER_VARIABLES } from '../../core/container-variables.ts';
import type { LaunchParts } from '../../core/launch-env.ts';
import { type RunLists, type RunValues, readVariables } from '../../core/run-variables.ts';
import { RUN_VARIABLE } from '../../platform/local/process-table.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What a container was told about its run beside what the image says. */
export interface Told {
  /** `HIBANA_LAUNCH`: a program's word, which the variables for people overrule. */
  readonly parts: LaunchParts;
  readonly values: Partial<RunValues>;
  readonly lists: Partial<RunLists>;
  readonly conf: Readonly<Record<string, string>>;
  /** What the user should know, a sentence each. */
  readonly notices: readonly string[];
}

/** Reads the variables of a container.
 *  @throws {ToolError} USAGE naming the variable, and the codes of its value */
export function readTold(env: Environment): Told {
  const said = readVariables(CONTAINER_VARIABLES, env);
  return {
    parts: Object.assign({}, ...said.map((part) => part.parts)),
    values: Object.assign({}, ...said.map((part) => part.values)),
    lists: Object.assign({}, ...said.map((part) => part.lists)),
    conf: Object.assign({}, ...said.map((part) => part.conf)),
    notices: [...said.flatMap((part) => part.notice ?? []), ...unknownNotices(env)],
  };
}

function unknownNotices(env: Environment): readonly string[] {
  const known = new Set([...CONTAINER_VARIABLES.map(({ name }) => name), RUN_VARIABLE]);
  return Object.keys(env).flatMap((name) =>
    name.startsWith('HIBANA_') && !known.has(name) ? [`${name} means nothing to this launcher`] : [],
  );
}
