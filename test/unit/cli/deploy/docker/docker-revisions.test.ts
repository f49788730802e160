import { describe, expect, it } from 'vitest';
import { keptName } from '../../../../../cli/deploy/docker/kept-images.ts';
import { publishedPorts } from '../../../../../cli/deploy/docker/published-ports.ts';
import { registryFlags } from '../../../../../cli/deploy/docker/registry-flags.ts';
import { revisionKey } from '../../../../../cli/deploy/draft-revision.ts';
import { probeOf, serviceUrl } from '../../../../../cli/deploy/health.ts';
import { formatRecord, parseRevision, type Revision } from '../../../../../cli/deploy/records.ts';
import { revisionFor } from '../../../../helpers/deployment-records.ts';
import { dockerRevisionFor } from '../../../../helpers/docker-revision.ts';

const revision = dockerRevisionFor();
const { artifact, docker, launch } = revision;
if (artifact.kind !== 'image' || artifact.daemon === undefined || docker === undefined)
  throw new Error('not in Docker');
const { daemon } = artifact;

describe('parseRevision()', () => {
  it.each<[string, Revision]>([
    ['one in Docker', revision],
    ['an image of before, of which nothing more was known', revisionFor({ artifact: { kind: 'image', image: 'app' } })],
    ['one on this machine, as before', revisionFor()],
  ])('reads %s', (_what, wanted) => expect(parseRevision(formatRecord(wanted), 'a file')).toEqual(wanted));
});

describe('revisionKey()', () => {
  it.each<[string, Partial<Revision>]>([
    ['another name of the image', { artifact: { ...artifact, image: 'registry.example/team/etl@sha256:1' } }],
    ["another image of hibana's own", { docker: { ...docker, launcher: { named: null, id: 'sha256:other' } } }],
  ])('is the same for %s', (_what, over) => {
    expect(revisionKey(dockerRevisionFor(over))).toBe(revisionKey(revision));
  });

  it.each<[string, Partial<Revision>]>([
    ['another image', { artifact: { ...artifact, daemon: { ...daemon, id: 'sha256:other' } } }],
    ['another address', { docker: { ...docker, bind: '0.0.0.0' } }],
    ['another daemon', { docker: { ...docker, socket: '/run/other.sock' } }],
    ['another platform', { ...revisionFor() }],
  ])('is another for %s', (_what, over) => {
    expect(revisionKey(dockerRevisionFor(over))).not.toBe(revisionKey(revision));
  });
});

describe('the ports of a service', () => {
  const app = { ...launch.app, kind: 'service', port: 8080 } as const;
  const service = (bind: string, port: number | null) =>
    dockerRevisionFor({
      ...{ kind: 'service', launch: { ...launch, app }, docker: { ...docker, bind } },
      health: { path: null, port, timeoutMs: 1 },
    });

  it.each([
    ['127.0.0.1', null, [['127.0.0.1', 8080]], 'http://127.0.0.1:8080/', ['127.0.0.1', 8080]],
    ['0.0.0.0', null, [['0.0.0.0', 8080]], 'http://127.0.0.1:8080/', ['127.0.0.1', 8080]],
    ['::', null, [['::', 8080]], 'http://[::1]:8080/', ['::1', 8080]],
    ['192.0.2.7', 8080, [['192.0.2.7', 8080]], 'http://192.0.2.7:8080/', ['192.0.2.7', 8080]],
    [
      '192.0.2.7',
      9000,
      [
        ['192.0.2.7', 8080],
        ['127.0.0.1', 9000],
      ],
      'http://192.0.2.7:8080/',
      ['127.0.0.1', 9000],
    ],
  ])(
    'at %s with %s for its health are published, and asked where this machine reaches them',
    (bind, port, published, url, asked) => {
      const wanted = service(bind, port);
      expect(publishedPorts(wanted).map((one) => [one.address, one.port])).toEqual(published);
      expect(serviceUrl(wanted)).toBe(url);
      expect(probeOf(wanted)).toMatchObject({ host: asked[0], port: asked[1], isPublished: true });
    },
  );
});

describe('keptName()', () => {
  it('is another for each home, and each image', () => {
    const image = { stateFolder: '/home/one', application: 'etl', id: daemon.id };
    const names = [image, { ...image, stateFolder: '/home/two' }, { ...image, id: `sha256:${'b'.repeat(64)}` }];
    expect(new Set(names.map(keptName)).size).toBe(3);
    for (const name of names.map(keptName))
      expect(name).toMatch(/^localhost\/hibana-deploy\/etl:[0-9a-f]{20}-[0-9a-f]{16}$/);
  });
});

describe('registryFlags()', () => {
  it('are those that it was deployed with, as far as they are any', () => {
    const options = { 'ca-file': 'ca.pem', 'insecure-registry': ['host:5000'], 'index-url': 7, name: 'etl' };
    expect(registryFlags(dockerRevisionFor({ request: { options, args: [], cwd: '/' } }))).toEqual({
      ...{ 'ca-file': 'ca.pem', 'insecure-registry': ['host:5000'] },
    });
    expect(registryFlags(revision)).toEqual({ 'insecure-registry': [] });
  });
});
