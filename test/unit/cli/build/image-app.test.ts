import { describe, expect, it } from 'vitest';
import { planTree } from '../../../../builder-images/builders.ts';
import { imageApp } from '../../../../cli/build/image-app.ts';
import { checkBuildVariables } from '../../../../cli/build/refused-names.ts';
import { treeOf } from '../../builder-images/tree-of.ts';
import { type Said, settingsOf } from '../config/settings-of.ts';

function appOf(said: Said) {
  const settings = settingsOf(said);
  return imageApp({ settings, plan: planTree(treeOf({ 'app.py': '' }), settings.plan) });
}

describe('imageApp()', () => {
  it('has what the source says and what was asked for, the latter over or after the former', () => {
    const app = appOf({
      project:
        'args: [--all]\nconf: {a: "1", b: "1"}\nenv: {A: "1"}\npackages: ["g:a:1"]\njars: [x.jar]\npyFiles: [lib.zip]',
      flags: {
        ...{ args: ['--day', '1'], conf: ['b=2'], env: ['B=2'], packages: ['g:b:1'], jars: ['y.jar'] },
        ...{ pyFiles: ['more.zip'], files: ['x.csv'], executorEnv: ['C=3'] },
      },
    });
    expect(app).toMatchObject({
      args: ['--all', '--day', '1'],
      conf: {
        a: '1',
        b: '2',
        'spark.submit.pyFiles': 'lib.zip,more.zip',
        'spark.files': 'x.csv',
        'spark.executorEnv.C': '3',
      },
      env: { A: '1', B: '2' },
      packages: ['g:a:1', 'g:b:1'],
      jars: ['x.jar', 'y.jar'],
    });
  });

  it('has no secret', () => {
    const app = appOf({ flags: { secret: ['KEY=/run/key'] }, files: { '/run/key': 'x' } });
    expect(JSON.stringify(app)).not.toContain('KEY');
  });

  it.each<Said>([
    { project: 'env: {LD_PRELOAD: ./x.so}' },
    { flags: { env: ['NODE_OPTIONS=--require ./x.js'] } },
    { flags: { executorEnv: ['JAVA_TOOL_OPTIONS=-agentpath:x'] } },
  ])('refuses variables that reach into other processes: %j', (said) => {
    expect(() => appOf(said)).toThrowError(expect.objectContaining({ code: 'ENVIRONMENT_REFUSED' }));
  });
});

describe('checkBuildVariables()', () => {
  it.each<Said>([
    { project: 'build: {env: {PATH: ./bin}}' },
    { project: 'build: {env: {UV_DEFAULT_INDEX: "https://x"}}' },
    { project: 'build: {env: {https_proxy: "http://x"}}' },
    { project: 'build: {env: {CC: ./cc}}' },
    { project: 'build: {env: {LD_PRELOAD: ./x.so}}' },
    { flags: { buildEnv: ['LD_PRELOAD=./x.so'] } },
  ])('refuses %j', (said) => {
    expect(() => checkBuildVariables(settingsOf(said))).toThrowError(
      expect.objectContaining({ code: 'ENVIRONMENT_REFUSED', exitCode: 2 }),
    );
  });

  it.each<Said>([
    { project: 'build: {env: {CFLAGS: -O2, MY_FLAG: "1"}}' },
    { flags: { buildEnv: ['PATH=/opt/bin', 'UV_DEFAULT_INDEX=https://x', 'CC=clang'] } },
    { user: 'build: {env: {UV_DEFAULT_INDEX: "https://x"}}' },
  ])('takes %j', (said) => {
    expect(() => checkBuildVariables(settingsOf(said))).not.toThrow();
  });
});
