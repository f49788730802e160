import type { Cluster } from '../../core/cluster.ts';
import { ToolError } from '../../core/errors.ts';

/** A driver says why a cluster will not have it in its log and nowhere else: no status, no class of its own reaches us. So its log is
 *  read here, for names of exceptions and for Spark's own error conditions. Source: by trial with 4.2 and 4.3. */

/** Whether the master has taken the application. */
export function hasRegistered(log: string): boolean {
  return log.includes('Connected to Spark cluster with app ID');
}

/** Why the master refuses the driver; `undefined` while it may still take it. */
export function explainRefusal(log: string, cluster: Cluster, spark: string): ToolError | undefined {
  if (hasRegistered(log)) return undefined;
  if (failedConnections(log).some((entry) => SASL.test(entry))) {
    const because = cluster.secret === null ? 'it asks for a secret' : 'the secret is not the one it has';
    return new ToolError('CLUSTER_AUTH', `Cannot attach to "${cluster.name}": ${because}`);
  }
  if (NO_ANSWER.test(log)) {
    return new ToolError(
      'MASTER_UNREACHABLE',
      `Cannot attach to "${cluster.name}": it never answered a driver of Spark ${spark}`,
      hintFor(cluster),
    );
  }
  return undefined;
}

/** What a master may mind that never answers: a secret where it has none, or another version. A shared cluster has both as they should be. */
function hintFor({ name, master, secret, spark }: Cluster): { readonly hint?: string } {
  const isGiven = secret !== null && name === master;
  if (isGiven) return { hint: spark === null ? `${LEAVE_OUT}; ${NAME_PAGE} to have its version checked` : LEAVE_OUT };
  return spark === null ? { hint: `Compare its version with this one; ${NAME_PAGE} to have that checked` } : {};
}

const LEAVE_OUT = 'Leave --cluster-secret-file out if the master has no secret';
const NAME_PAGE = 'name its web page with --cluster-ui';

/** What Spark says of each, with the stack trace: before its registration it connects to the master alone. A job may have trouble of the same
 *  kind with another service. */
function failedConnections(log: string): readonly string[] {
  return log.match(FAILED_CONNECTION) ?? [];
}

/** What a job that failed on a cluster of others may have failed of; one that was taken has not failed of being refused. */
export function explainEnd(
  log: string,
  cluster: Cluster,
  spark: string,
  isTaken: boolean = hasRegistered(log),
): ToolError | undefined {
  if (cluster.master.startsWith('sc:')) return explainClient(log);
  const refusal = isTaken ? undefined : explainRefusal(log, cluster, spark);
  if (refusal !== undefined) return refusal;
  const [, worker, driver] = PYTHONS.exec(log) ?? [];
  if (worker !== undefined) {
    return new ToolError(
      'PYTHON_MISMATCH',
      `The workers of "${cluster.name}" have Python ${worker}, the job ${driver}`,
      {
        hint: `Run it with --python ${worker}, or name another Python of the workers with --env PYSPARK_PYTHON=FILE`,
        details: { worker, driver },
      },
    );
  }
  const missing = NO_PYTHON.exec(log)?.[1];
  if (missing === undefined) return undefined;
  return new ToolError('PYTHON_MISMATCH', `The workers of "${cluster.name}" have no "${missing}"`, {
    hint: 'Name the Python that they have with --env PYSPARK_PYTHON=FILE',
  });
}

function explainClient(log: string): ToolError | undefined {
  const [, attribute = NO_RDD.exec(log)?.[1]] = NO_JVM.exec(log) ?? [];
  if (attribute === undefined) return undefined;
  const message = `The application uses ${attribute}, which a client of Spark Connect does not have`;
  return new ToolError('CONNECT_UNSUPPORTED', message);
}

/** `[JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `sparkContext` is not supported …` */
const NO_JVM = /\[JVM_ATTRIBUTE_NOT_SUPPORTED\] Attribute `([^`]+)`/;
const NO_RDD = /\[NOT_IMPLEMENTED\] (rdd) is not implemented/;
const FAILED_CONNECTION =
  /(?:Failed to connect to master|Exception while bootstrapping client) .*(?:\n(?:[ \t].*|Caused by: .*|[\w.$]+(?:Exception|Error)\b.*)?(?=\n|$))*/g;
const SASL = /SaslException|SaslMessage|javax\.security\.sasl/;
const NO_ANSWER = /All masters are unresponsive/;
const PYTHONS = /\[PYTHON_VERSION_MISMATCH\][^:]*: (\d+\.\d+) than that in driver:? (\d+\.\d+)/;
const NO_PYTHON = /Cannot run program "([^"]*python[^"]*)"/;
