import { describe, expect, it } from 'vitest';
import { explainEnd, explainRefusal } from '../../../../../runtime/platform/attach/driver-log.ts';

const cluster = { name: 'team', master: 'spark://h:7077', webUi: null, secret: null, spark: null };
const REGISTERED = 'INFO StandaloneSchedulerBackend: Connected to Spark cluster with app ID app-1';

describe('explainRefusal()', () => {
  it.each([
    ['IllegalStateException: Expected SaslMessage, received something else', null, 'CLUSTER_AUTH', /asks for a secret/],
    ['javax.security.sasl.SaslException: DIGEST-MD5: digest response', 'x', 'CLUSTER_AUTH', /not the one it has/],
    ['Reason: All masters are unresponsive! Giving up.', null, 'MASTER_UNREACHABLE', /never answered a driver/],
  ])('knows "%s"', (log, secret, code, message) => {
    const refusal = explainRefusal(log, { ...cluster, secret }, '4.2.1');
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toMatch(message);
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
