import { errorMessage, ToolError } from './errors.ts';
import { type LaunchParts, parseLaunchParts } from './launch-env.ts';
import { RUN_VARIABLES, type RunSaid, refusedVariable, type Variable } from './run-variables.ts';

/** What a variable of a container can say. */
export interface ContainerSaid extends RunSaid {
  readonly parts?: LaunchParts;
}

/** Every variable that the launcher of a container reads. The table in docs/reference.md is made from this list. */
export const CONTAINER_VARIABLES: readonly Variable<ContainerSaid>[] = [
  { name: 'HIBANA_LAUNCH', flag: null, meaning: 'any part of a LaunchRequest, as JSON', read: readParts },
  ...RUN_VARIABLES,
  {
    name: 'HIBANA_LOG',
    flag: null,
    meaning: '`text` (the default) or `json`: how the launcher tells on stderr what it does',
    read: (text, name) => {
      if (text === 'text' || text === 'json') return {};
      throw new ToolError('USAGE', `Cannot take ${name} "${text}": it is text or json`, { hint: `Unset ${name}` });
    },
  },
  {
    name: 'HIBANA_HOME',
    flag: null,
    meaning: 'the folder for all that the run writes',
    read: (text, name) => {
      if (text.startsWith('/')) return {};
      throw new ToolError('USAGE', `Cannot take ${name} "${text}": it is no absolute path`, { hint: `Unset ${name}` });
    },
  },
  ...[
    ...['HIBANA_SPARK', 'HIBANA_PYTHON', 'HIBANA_RESOLVE_AT', 'HIBANA_BUILDER'],
    ...['HIBANA_CONFIG', 'OSHINKO_NAMED_CONFIG'],
  ].map((name) => ({
    name,
    flag: null,
    meaning: 'refused: it was decided when the image was built',
    read: (): ContainerSaid => {
      throw refusedVariable(name, 'it was decided when the image was built', 'build another image');
    },
  })),
];

const PARTS = ['version', 'run', 'app', 'layout', 'cluster', 'submit', 'prepared', 'timeouts'];

function readParts(text: string, name: string): ContainerSaid {
  let parts: LaunchParts;
  try {
    parts = parseLaunchParts(text);
  } catch (cause) {
    throw new ToolError('USAGE', `Cannot read ${name}: ${explainParts(cause)}`, {
      cause,
      hint: `Unset ${name}, or give it a JSON object such as {"version":1,"submit":{"args":["a"]}}`,
    });
  }
  const unknown = Object.keys(JSON.parse(text)).filter((key) => !PARTS.includes(key));
  return {
    parts,
    ...(unknown.length === 0 ? {} : { notice: `${name}: ${unknown.join(', ')} means nothing to this launcher` }),
  };
}

/** The first thing that is wrong, and where: `submit.args: Invalid input`. */
function explainParts(error: unknown): string {
  if (!(error instanceof Error) || !('issues' in error) || !Array.isArray(error.issues)) return errorMessage(error);
  const [issue] = error.issues;
  const path = Array.isArray(issue?.path) ? issue.path.join('.') : '';
  return `${path === '' ? 'it' : path} is not what it should be`;
}
