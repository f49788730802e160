import { describe, expect, it } from 'vitest';
import { imageLabels, type LabelFacts } from '../../../../cli/build/image-labels.ts';
import { labelUrl } from '../../../../cli/build/label-url.ts';
import { parseLabels } from '../../../../cli/build/own-labels.ts';
import type { AppDescriptor } from '../../../../runtime/core/app.ts';

describe('labelUrl()', () => {
  it.each([
    ['https://host/team/app.git', 'https://host/team/app.git'],
    ['https://user:token@host/app.git', 'https://host/app.git'],
    ['https://token@host:8443/app.git', 'https://host:8443/app.git'],
    ['http://a:b@c@host/app.git', 'http://host/app.git'],
    ['HTTPS://user:token@host/app.git', 'HTTPS://host/app.git'],
    ['ssh://git@host:22/app.git', 'ssh://git@host:22/app.git'],
    ['ssh://git:secret@host/app.git', 'ssh://git@host/app.git'],
    ['git@host:team/app.git', 'git@host:team/app.git'],
    ['git:secret@host:team/app.git', 'git@host:team/app.git'],
    ['https://host/a@b.git', 'https://host/a@b.git'],
  ])('of %s is %s', (url, expected) => {
    expect(labelUrl(url)).toBe(expected);
  });
});

const app: AppDescriptor = {
  version: 1,
  name: 'etl',
  kind: 'job',
  language: 'python',
  entry: 'app.py',
  mainClass: null,
  spark: '4.2.1',
  args: [],
  conf: {},
  packages: [],
  jars: [],
  env: {},
  port: null,
};
const facts: LabelFacts = {
  app,
  name: app.name,
  source: { kind: 'git', url: 'https://user:token@host/app.git', ref: 'main', contextDir: 'jobs' },
  commit: 'c'.repeat(40),
  commitTime: '2023-11-14T22:13:20+00:00',
  resolved: { commit: 'c'.repeat(40), ref: 'refs/heads/main', label: 'main' },
  contextDir: 'jobs',
  requestKey: 'r',
  request: null,
  planKey: 'p',
  builder: { name: 'reg/b:1', digest: 'sha256:index', imageDigest: 'sha256:image' },
  dependencies: ['flask==3.0.3', 'numpy==2.0.0'],
  tool: '0.1.0',
  own: { team: 'data' },
};

describe('imageLabels()', () => {
  it('says where an image comes from, in our words, in those of OCI and in those of s2i, without credentials', () => {
    const labels = imageLabels(facts);
    expect(labels).toEqual({
      'dev.hibana.app': JSON.stringify(app),
      'dev.hibana.request-key': 'r',
      'dev.hibana.plan-key': 'p',
      'dev.hibana.builder-name': 'reg/b:1',
      'dev.hibana.builder-digest': 'sha256:index',
      'dev.hibana.dependencies': 'flask==3.0.3 numpy==2.0.0',
      'dev.hibana.version': '0.1.0',
      'org.opencontainers.image.title': 'etl',
      'org.opencontainers.image.source': 'https://host/app.git',
      'org.opencontainers.image.revision': 'c'.repeat(40),
      'org.opencontainers.image.base.name': 'reg/b:1',
      'org.opencontainers.image.base.digest': 'sha256:image',
      'io.openshift.s2i.build.image': 'reg/b:1',
      'io.openshift.s2i.build.source-location': 'https://host/app.git',
      'io.openshift.s2i.build.source-context-dir': 'jobs',
      'io.openshift.s2i.build.commit.id': 'c'.repeat(40),
      'io.openshift.s2i.build.commit.date': '2023-11-14T22:13:20+00:00',
      'io.openshift.s2i.build.commit.ref': 'main',
      team: 'data',
    });
  });

  it('says nothing of the folder of a directory', () => {
    const labels = imageLabels({
      ...facts,
      ...{ source: { kind: 'directory', path: '/home/me/app', contextDir: null }, commit: null, commitTime: null },
      ...{ resolved: null, contextDir: null, requestKey: null, dependencies: [] },
      builder: { ...facts.builder, name: 'py312' },
    });
    expect(Object.keys(labels).toSorted()).toEqual([
      'dev.hibana.app',
      'dev.hibana.builder-digest',
      'dev.hibana.builder-name',
      'dev.hibana.plan-key',
      'dev.hibana.version',
      'io.openshift.s2i.build.image',
      'org.opencontainers.image.base.digest',
      'org.opencontainers.image.base.name',
      'org.opencontainers.image.title',
      'team',
    ]);
  });
});

describe('parseLabels()', () => {
  it('reads names and values', () => {
    expect(parseLabels(['team=data', 'note=a=b', 'empty=', 'flag'])).toEqual({
      ...{ team: 'data', note: 'a=b', empty: '', flag: '' },
    });
  });

  it.each(['=x', '', 'a b=c', 'dev.hibana.app=x', 'dev.hibana.mine=x'])('refuses %j', (text) => {
    expect(() => parseLabels([text])).toThrowError(expect.objectContaining({ code: 'USAGE' }));
  });
});
