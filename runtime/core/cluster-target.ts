import { ToolError } from './errors.ts';
import { checkName } from './names.ts';

/** The cluster that somebody asked for. `named` comes from the environment, which is set once for many runs: the shared cluster of
 *  that name if there is one, else the run's own goes by it. */
export type ClusterTarget =
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'attach'; readonly name: string }
  | { readonly kind: 'url'; readonly master: string }
  | { readonly kind: 'connect'; readonly remote: string }
  | { readonly kind: 'local'; readonly master: string };

/** `local`, `local[4]`, `spark://host:7077`, `sc://host:15002`, or the name of a shared cluster. `name` is what the error calls it.
 *  @throws {ToolError} USAGE for another URL or master, NAME_INVALID */
export function parseClusterTarget(text: string, name: string): ClusterTarget {
  if (text === LOCAL) return { kind: 'local', master: 'local[*]' };
  if (LOCAL_MASTER.test(text)) return { kind: 'local', master: text };
  if (SPARK_MASTER.test(text)) return { kind: 'url', master: text };
  if (CONNECT_REMOTE.test(text)) return { kind: 'connect', remote: text };
  if (text.includes(':') || text.startsWith(`${LOCAL}[`)) throw unreadable(text, name);
  return { kind: 'attach', name: checkName(text) };
}

/** As parseClusterTarget, for the environment: a name is the run's own cluster's where there is no shared one. */
export function parseClusterVariable(text: string, name: string): ClusterTarget {
  const target = parseClusterTarget(text, name);
  return target.kind === 'attach' ? { kind: 'named', name: target.name } : target;
}

/** Means no cluster, and so cannot be the name of one. */
export const LOCAL = 'local';
/** Threads, and how often a task may fail. Source: SparkMasterRegex of Spark. */
const LOCAL_MASTER = /^local\[(?:\*|[1-9]\d{0,3})(?:,[1-9]\d{0,2})?\]$/;
const HOST_AND_PORT = String.raw`(?:[\w.-]+|\[[0-9A-Fa-f:]+\]):\d{1,5}`;
const SPARK_MASTER = new RegExp(`^spark://${HOST_AND_PORT}(?:,${HOST_AND_PORT})*$`);
const CONNECT_REMOTE = /^sc:\/\/(?:[\w.-]+|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?(?:\/.*)?$/;

function unreadable(text: string, name: string): ToolError {
  return new ToolError('USAGE', `Cannot take ${name} "${text}": it is neither a master nor the name of a cluster`, {
    hint: 'Write spark://HOST:PORT, sc://HOST:PORT, local, local[N], or the name of a shared cluster',
  });
}
