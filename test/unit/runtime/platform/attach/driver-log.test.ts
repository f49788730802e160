import { describe, expect, it } from 'vitest';
import { explainEnd, explainRefusal } from '../../../../../runtime/platform/attach/driver-log.ts';

const cluster = { name: 'team', master: 'spark://h:7077', webUi: null, secret: null, spark: null };
const REGISTERED = 'INFO StandaloneSchedulerBackend: Connected to Spark cluster with app ID app-1';

/** What Spark's client of the master writes of a connection that failed, between other lines. */
function failedOn(cause: string): string {
  return `INFO StandaloneAppClient$ClientEndpoint: Connecting to master spark://h:7077...
WARN StandaloneAppClient$ClientEndpoint: Failed to connect to master h:7077
org.apache.spark.SparkException: Exception thrown in awaitResult:
\tat org.apache.spark.rpc.RpcTimeout.awaitResult(RpcTimeout.scala:75)
Caused by: java.lang.RuntimeException: ${cause}
\tat org.apache.spark.network.client.TransportClient.sendRpcSync(TransportClient.java:291)

\t... 1 more
INFO DiskBlockManager: Shutdown hook called`;
}

/** The same of the exchange before, where the connection may be gone without its reason by then. */
const NOT_BOOTSTRAPPED = `ERROR TransportClientFactory: Exception while bootstrapping client after 134 ms
java.lang.RuntimeException: java.lang.RuntimeException: javax.security.sasl.SaslException: DIGEST-MD5: digest response
\tat org.apache.spark.network.sasl.SparkSaslServer.response(SparkSaslServer.java:121)
\t... 27 more

${failedOn('org.apache.spark.SparkException: Message is dropped because Outbox is stopped')}`;

describe('explainRefusal()', () => {
  it.each([
    [failedOn('java.lang.IllegalStateException: Expected SaslMessage'), null, 'CLUSTER_AUTH', /asks for a secret/],
    [failedOn('javax.security.sasl.SaslException: DIGEST-MD5: digest'), 'x', 'CLUSTER_AUTH', /not the one it has/],
    [NOT_BOOTSTRAPPED, 'x', 'CLUSTER_AUTH', /not the one it has/],
    ['Reason: All masters are unresponsive! Giving up.', null, 'MASTER_UNREACHABLE', /never answered a driver/],
  ])('knows "%s"', (log, secret, code, message) => {
    const refusal = explainRefusal(log, { ...cluster, secret }, '4.2.1');
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toMatch(message);
  });

  it.each([
    ['a secret', { secret: 'x', spark: null }, ['--cluster-secret-file', '--cluster-ui']],
    ['a secret and a known version', { secret: 'x', spark: '4.2.1' }, ['--cluster-secret-file']],
    ['no secret', { secret: null, spark: null }, ['--cluster-ui']],
    ['no secret and a known version', { secret: null, spark: '4.2.1' }, []],
  ])('says what a master that never answered may mind: %s', (_what, over, named) => {
    const url = { ...cluster, name: cluster.master, ...over };
    const refusal = explainRefusal('Reason: All masters are unresponsive! Giving up.', url, '4.2.1');
    expect(refusal?.hint.match(/--[a-z-]+/g) ?? []).toEqual(named);
  });

  it('does not speak of the secret of a shared cluster, which nobody gives', () => {
    const refusal = explainRefusal('All masters are unresponsive', { ...cluster, secret: 'x' }, '4.2.1');
    expect(refusal?.hint).not.toContain('--cluster-secret-file');
  });

  it.each([
    [
      'of another service',
      'WARN NetworkClient: Broker 3\njavax.security.sasl.SaslException: no ticket\n\tat kafka.Main',
    ],
    [
      'of another service, while the master is not there yet',
      `${failedOn('java.net.ConnectException: refused')}\njavax.security.sasl.SaslException: no ticket`,
    ],
  ])('takes no SASL trouble for its own that is %s', (_what, log) => {
    expect(explainRefusal(log, cluster, '4.2.1')).toBeUndefined();
  });

  it('says nothing while all is well, nor once the master has taken the application', () => {
    expect(explainRefusal('INFO SparkContext: Running Spark', cluster, '4.2.1')).toBeUndefined();
    expect(explainRefusal(`${REGISTERED}\nSaslException`, cluster, '4.2.1')).toBeUndefined();
  });
});

describe('explainEnd()', () => {
  it('names both Pythons', () => {
    const log = `${REGISTERED}\n[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.12 than that in driver: 3.11, PySpark`;
    expect(explainEnd(log, cluster, '4.2.1')).toMatchObject({
      code: 'PYTHON_MISMATCH',
      details: { worker: '3.12', driver: '3.11' },
    });
  });

  it('names the Python that is not there', () => {
    const log = `${REGISTERED}\njava.io.IOException: Cannot run program "python3.13": error=2`;
    expect(explainEnd(log, cluster, '4.2.1')?.message).toMatch(/have no "python3.13"/);
  });

  it('says what a client of Spark Connect does not have', () => {
    const log = '[JVM_ATTRIBUTE_NOT_SUPPORTED] Attribute `sparkContext` is not supported in Spark Connect';
    expect(explainEnd(log, { ...cluster, master: 'sc://h:1' }, '4.2.1')?.message).toMatch(/uses sparkContext/);
  });

  it('leaves any other failure to the job', () => {
    expect(explainEnd(`${REGISTERED}\nValueError: no such column`, cluster, '4.2.1')).toBeUndefined();
  });
});
