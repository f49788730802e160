import { describe, expect, it } from 'vitest';
import {
  archiveOptions,
  collectorOptions,
  processorOptions,
  trustStoreOptions,
} from '../../../../runtime/core/java-options.ts';
import { driverJvmOptions, executorClassPath, executorJvmOptions } from '../../../../runtime/core/job-jvms.ts';
import { GIBIBYTE, MEBIBYTE } from '../../../../runtime/core/quantity.ts';
import { launchRequestFor } from '../../../helpers/requests.ts';

const SERIAL = '-XX:+UseSerialGC';
const G1 = '-XX:+UseG1GC';
const ARCHIVE = '-XX:SharedArchiveFile=/cache/spark.jsa';

describe('archiveOptions()', () => {
  it('maps an archive and keeps the JVM silent about it', () => {
    expect(archiveOptions({ archive: '/cache/spark.jsa', javaRelease: 17 })).toEqual([
      ARCHIVE,
      '-XX:+UnlockDiagnosticVMOptions',
      '-XX:ArchiveRelocationMode=0',
      '-Xlog:cds*=off',
    ]);
  });

  it('knows how newer JVMs call it', () => {
    expect(archiveOptions({ archive: '/cache/spark.jsa', javaRelease: 25 })).toContain('-Xlog:aot*=off');
  });

  it('says nothing of an archive to a Java without one, which may be too old to know the option', () => {
    expect(archiveOptions({ archive: null, javaRelease: 8 })).toEqual([]);
  });
});

describe('collectorOptions()', () => {
  it.each([
    ['a small heap', 1_024 * MEBIBYTE, [], [SERIAL]],
    ['a heap as large as the rest', 1_792 * MEBIBYTE, [], []],
    ['a collector of the user', 1_024 * MEBIBYTE, ['-Da=b', '-XX:+UseG1GC'], []],
    ['an option that is no collector', 1_024 * MEBIBYTE, ['-XX:+UseStringDeduplication'], [SERIAL]],
  ])('with %s', (_what, heap, own, options) => {
    expect(collectorOptions(heap, own)).toEqual(options);
  });
});

describe('the JVMs of a job', () => {
  const { layout: bare } = launchRequestFor();
  const layout = { ...bare, archive: '/cache/spark.jsa' };
  const executor = { millicores: 1_500, memoryBytes: 2 * GIBIBYTE };

  it('have the archive on a cluster of their own, and as many processors as a worker has', () => {
    const choice = launchRequestFor({ spec: { worker: executor } }).cluster;
    expect(executorJvmOptions(choice, layout)).toEqual(expect.arrayContaining([ARCHIVE, ...processorOptions(2)]));
  });

  it('have the processors of an executor on a shared cluster, whose Java may be another', () => {
    const choice = { kind: 'attach', name: 'team', share: { executors: 2, executor } } as const;
    const options = executorJvmOptions(choice, layout);
    expect(options).toEqual(expect.arrayContaining([...processorOptions(2)]));
    expect(options).not.toContain(ARCHIVE);
    const asked = executorJvmOptions(choice, layout, { 'spark.executor.cores': '3' });
    expect(asked).toEqual(expect.arrayContaining([...processorOptions(3)]));
  });

  it('that hold data count the memory that they would have on any machine, unless the user takes another collector', () => {
    const { cluster } = launchRequestFor();
    const own = { 'spark.executor.extraJavaOptions': '-Da=b -XX:+UseParallelGC' };
    const collectors = (options: readonly string[]) => options.filter((option) => /Use\w+GC$/.test(option));
    expect(collectors(executorJvmOptions(cluster, layout))).toEqual([G1]);
    expect(collectors(executorJvmOptions(cluster, layout, own))).toEqual([]);
    const local = { kind: 'local', master: 'local[2]' } as const;
    expect(collectors(driverJvmOptions({ cluster: local, layout }, GIBIBYTE, []))).toEqual([G1]);
    expect(collectors(driverJvmOptions({ cluster: local, layout }, GIBIBYTE, ['-XX:+UseSerialGC']))).toEqual([]);
    expect(collectors(driverJvmOptions({ cluster, layout }, GIBIBYTE, []))).toEqual([SERIAL]);
  });

  it('are left alone on a foreign cluster', () => {
    const share = { executors: 2, executor };
    const url = { webUi: null, secretFile: null, pythonPath: [], python: null };
    expect(executorJvmOptions({ kind: 'url', master: 'spark://far:7077', share, ...url }, layout)).toEqual([]);
  });

  it('have one class path on a cluster of their own, up to what a worker adds by itself', () => {
    const whole = { ...layout, classPath: '/opt/spark/jars/a.jar:/opt/spark/conf:/opt/spark/jars/*' };
    const { cluster } = launchRequestFor();
    expect(executorClassPath(cluster, whole)).toBe('/opt/spark/jars/a.jar');
    expect(executorClassPath(cluster, { ...whole, archive: null })).toBeNull();
    expect(executorClassPath({ kind: 'local', master: 'local[2]' }, whole)).toBeNull();
  });

  it('never lose the optimising compiler', () => {
    const { cluster } = launchRequestFor();
    const all = [...driverJvmOptions({ cluster, layout }, GIBIBYTE, []), ...executorJvmOptions(cluster, layout)];
    expect(all.filter((option) => /TieredStopAtLevel|TieredCompilation|-Xint/.test(option))).toEqual([]);
  });
});

describe('trustStoreOptions()', () => {
  it('leave alone who names a store of their own', () => {
    expect(trustStoreOptions('/cache/store', ['-Djavax.net.ssl.trustStore=/mine'])).toEqual([]);
  });
});
