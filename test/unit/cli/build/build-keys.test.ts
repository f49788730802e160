import { describe, expect, it } from 'vitest';
import { type PlanFacts, planKey, type RequestFacts, requestKey } from '../../../../cli/build/build-keys.ts';

const build = {
  builder: 'sha256:b',
  platforms: ['amd64', 'arm64'],
  labels: { team: 'data', cost: '1' },
  buildEnv: { CFLAGS: '-O2' },
  tool: '1.0.0',
  launcher: 'sha256:l',
};
const source = { url: 'https://h/a.git', commit: 'c'.repeat(40), contextDir: null, submodules: false, lfs: false };
const request: RequestFacts = { source, options: { spark: null, env: { A: '1', B: '2' }, args: ['x', 'y'] }, build };
const app = { version: 1, name: 'a', kind: 'job', language: 'python', entry: 'app.py', mainClass: null } as const;
const more = { spark: '4.2.1', args: [], conf: {}, packages: [], jars: [], env: {}, port: null };
const plan: PlanFacts = {
  app: { ...app, ...more },
  plan: { builder: 'python', pythonPath: ['.'], sparkConf: null },
  layers: [{ kind: 'app', key: 'k' }],
  build,
};

describe('requestKey()', () => {
  it('does not change with the order of what has none', () => {
    const again: RequestFacts = {
      build: { ...build, labels: { cost: '1', team: 'data' } },
      options: { args: ['x', 'y'], env: { B: '2', A: '1' }, spark: null },
      source: { ...source },
    };
    expect(requestKey(again)).toBe(requestKey(request));
    expect(requestKey(request)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<RequestFacts>]>([
    ['another commit', { source: { ...source, commit: 'd'.repeat(40) } }],
    ['another repository', { source: { ...source, url: 'https://h/b.git' } }],
    ['another folder', { source: { ...source, contextDir: 'etl' } }],
    ['submodules', { source: { ...source, submodules: true } }],
    ['large files', { source: { ...source, lfs: true } }],
    ['other options', { options: { spark: '4.1' } }],
    ['the order of arguments', { options: { spark: null, env: { A: '1', B: '2' }, args: ['y', 'x'] } }],
    ['another builder', { build: { ...build, builder: 'sha256:c' } }],
    ['another architecture', { build: { ...build, platforms: ['amd64'] } }],
    ['another label', { build: { ...build, labels: { team: 'data', cost: '2' } } }],
    ['another build environment', { build: { ...build, buildEnv: {} } }],
    ['another hibana', { build: { ...build, tool: '1.0.1' } }],
    ['another launcher', { build: { ...build, launcher: 'sha256:m' } }],
  ])('changes with %s', (_name, change) => {
    expect(requestKey({ ...request, ...change })).not.toBe(requestKey(request));
  });
});

describe('planKey()', () => {
  it.each<[string, Partial<PlanFacts>]>([
    ['a layer', { layers: [{ kind: 'app', key: 'l' }] }],
    ['the order of layers', { layers: [...plan.layers, { kind: 'launcher', key: 'k' }] }],
    ['the application', { app: { ...plan.app, args: ['x'] } }],
    ['where Python looks', { plan: { ...plan.plan, pythonPath: ['.', 'src'] } }],
    ['the builder', { build: { ...build, builder: 'sha256:c' } }],
  ])('changes with %s', (_name, change) => {
    expect(planKey({ ...plan, ...change })).not.toBe(planKey(plan));
  });

  it('is no request key', () => {
    expect(planKey(plan)).not.toBe(requestKey(request));
  });
});
