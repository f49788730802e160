import { describe, expect, it } from 'vitest';
import { formatLaunchRequest, type LaunchRequest, parseLaunchRequest } from '../../../../runtime/core/launch-env.ts';

const request: LaunchRequest = {
  version: 1,
  run: 'pi-261121095512-x3f9',
  app: {
    version: 1,
    name: 'pi',
    kind: 'job',
    language: 'python',
    entry: 'app.py',
    mainClass: null,
    spark: '4.2.1',
    args: ['--slices', '4'],
    conf: { 'spark.ui.enabled': 'true' },
    packages: [],
    jars: [],
    env: {},
    port: null,
  },
  layout: {
    spark: '/cache/spark',
    java: '/usr/lib/jvm/java-17',
    classPath: '/spark/conf:/spark/jars/*',
    archive: '/cache/spark.jsa',
    javaRelease: 17,
    javaHasVectorModule: true,
    python: '/usr/bin/python3',
    pythonPath: ['/app', '/deps'],
    jars: ['/cache/a.jar', '/cache/b.jar'],
    pythonJars: ['/cache/b.jar'],
    classPathJars: ['/cache/a.jar'],
    trustStore: '/cache/trust.jks',
    app: '/app',
  },
  cluster: {
    kind: 'ephemeral',
    spec: {
      name: 'pi-261121095512-x3f9',
      workers: 2,
      worker: { millicores: 1_000, memoryBytes: 1_073_741_824 },
      owner: { run: 'pi-261121095512-x3f9', directory: '/state/runs/pi' },
      lease: { seconds: 60 },
      conf: {},
    },
  },
  submit: {
    args: ['two words', "it's", '"quoted"', '$HOME', '', 'line\nbreak', 'ünï', '--', '-x'],
    conf: { 'spark.app.note': 'a = b' },
    packages: ['org.example:lib_2.13:1.0'],
    repositories: [],
    excludePackages: [],
    jars: [],
    pyFiles: [],
    files: [],
    archives: [],
    env: { GREETING: 'hello you' },
    executorEnv: { COLOUR: 'blue' },
    secrets: { TOKEN: '/home/me/token' },
  },
  prepared: { startedAt: '2026-01-01T00:00:00.000Z', steps: [{ step: 'source', elapsedMs: 12, ok: true }] },
  timeouts: { clusterMs: 60_000, runMs: null, stopMs: 10_000 },
};

describe('formatLaunchRequest() and parseLaunchRequest()', () => {
  it('round-trip a request, with every odd argument', () => {
    expect(parseLaunchRequest(formatLaunchRequest(request))).toEqual(request);
  });

  it('make one line, which an environment variable can hold', () => {
    expect(formatLaunchRequest(request)).not.toMatch(/[\n\0]/);
  });

  it.each([
    ['nothing', ''],
    ['half a request', formatLaunchRequest(request).slice(0, 100)],
    ['another version', JSON.stringify({ ...request, version: 2 })],
    ['a string for an argument list', JSON.stringify({ ...request, submit: { ...request.submit, args: '--x' } })],
    ['a missing part', JSON.stringify({ ...request, layout: undefined })],
    ['an unknown kind of cluster', JSON.stringify({ ...request, cluster: { kind: 'borrowed' } })],
  ])('refuse %s', (_what, text) => {
    expect(() => parseLaunchRequest(text)).toThrow();
  });
});
