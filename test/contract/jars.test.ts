import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { jarsWanted } from '../../cli/jars/jars-wanted.ts';
import { type ResolvedJars, resolveJars } from '../../cli/jars/resolve-jars.ts';
import { prepareTrustStore } from '../../cli/jars/trust-store.ts';
import { createPackageSource, type ToolchainDeps } from '../../cli/toolchain/deps.ts';
import { probeIndex } from '../../cli/toolchain/probes.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { testCtx } from '../helpers/ctx.ts';
import { realLayout } from '../helpers/layout.ts';
import { type Artifact, startMavenRepository } from '../helpers/maven-repository.ts';
import { describeWith } from '../helpers/requires.ts';

const root = await mkdtemp(join(tmpdir(), 'hibana-jars-'));
const { CURL_CA_BUNDLE, NODE_EXTRA_CA_CERTS, PIP_CERT, REQUESTS_CA_BUNDLE, SSL_CERT_DIR, SSL_CERT_FILE, ...env } =
  process.env;
const deps: ToolchainDeps = {
  ...{ cache: join(root, 'cache'), env, home: join(root, 'home'), platform: process.platform, arch: process.arch },
  ...{ pid: process.pid, extraEnv: {}, index: { indexUrl: null, caFile: null } },
};
const { problem } = await probeIndex({ ...deps, env: process.env, home: homedir() }, testCtx());

const app: Artifact = {
  coordinates: 'org.example:app:1.0',
  needs: ['org.example:library:2.0', 'org.apache.spark:spark-core_2.13:4.2.1', 'org.scala-lang:scala-library:2.13.16'],
};
const library: Artifact = { coordinates: 'org.example:library:2.0', needs: ['org.example:base:3.0'] };
const base: Artifact = { coordinates: 'org.example:base:3.0' };
const all = [app, library, base];

interface Asked {
  readonly packages?: readonly string[];
  readonly excluded?: readonly string[];
  readonly repositories?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
}

async function resolve(asked: Asked, over: Partial<ToolchainDeps> = {}, ctx = testCtx()): Promise<ResolvedJars> {
  const own = { ...deps, ...over };
  const { packages = ['org.example:app:1.0'], excluded = [], repositories = [], properties = {} } = asked;
  const wanted = jarsWanted({ packages, excludePackages: excluded, repositories, properties });
  if (wanted === null) throw new Error('nothing is wanted');
  const { spark, java } = await realLayout();
  await using source = createPackageSource(own);
  const place = { spark, java, appDir: root, trustStore: null };
  return resolveJars({ wanted, series: sparkSeriesOf('4.2'), ...place }, source, own, ctx);
}

/** settings.xml with a mirror of everything. */
async function mirrorAll(url: string, server = ''): Promise<void> {
  await mkdir(join(deps.home, '.m2'), { recursive: true });
  const mirror = `<mirror><id>near</id><url>${url}</url><mirrorOf>*</mirrorOf></mirror>`;
  await writeFile(join(deps.home, '.m2', 'settings.xml'), `<settings>${server}<mirrors>${mirror}</mirrors></settings>`);
}

const names = ({ jars }: ResolvedJars) => jars.map((path) => path.slice(path.lastIndexOf('/') + 1));

describeWith('spark', problem === null)('resolveJars() with the Ivy of Spark', () => {
  beforeEach(() => rm(deps.cache, { recursive: true, force: true }));
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('brings what packages need, less what Spark has, by the mirror; and asks nobody the second time', async () => {
    const server = await startMavenRepository(all);
    await mirrorAll(server.url);
    const first = await resolve({});
    expect(names(first)).toEqual([
      'org.example_app-1.0.jar',
      'org.example_base-3.0.jar',
      'org.example_library-2.0.jar',
    ]);
    await server[Symbol.asyncDispose]();
    expect(await resolve({})).toEqual(first);
    const lock = JSON.parse(await readFile(join(first.jars[0] ?? '', '../../lock.json'), 'utf8'));
    expect(lock.packages).toEqual(['org.example:app:1.0']);
    expect(lock.jars[0]).toMatchObject({
      ...{ group: 'org.example', artifact: 'app', version: '1.0', classifier: null },
      bytes: 22,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      hasPython: false,
    });
  });

  it('leaves out what is excluded', async () => {
    await using server = await startMavenRepository(all);
    await mirrorAll(server.url);
    expect(names(await resolve({ excluded: ['org.example:base'] }))).toEqual([
      'org.example_app-1.0.jar',
      'org.example_library-2.0.jar',
    ]);
  });

  it('looks in further repositories, and takes the packages that properties name', async () => {
    await using near = await startMavenRepository([library, base]);
    await using far = await startMavenRepository([app]);
    const properties = { 'spark.jars.packages': 'org.example:app:1.0', 'spark.jars.repositories': far.url };
    await rm(join(deps.home, '.m2'), { recursive: true, force: true });
    const found = await resolve(
      { packages: [], properties },
      { env: { ...env, DEFAULT_ARTIFACT_REPOSITORY: near.url } },
    );
    expect(names(found)).toHaveLength(3);
  });

  it('gives a server of settings.xml its credentials, and says MAVEN_AUTH without them', async () => {
    await using server = await startMavenRepository(all, { login: 'ann:pass' });
    await mirrorAll(server.url);
    await expect(resolve({})).rejects.toMatchObject({
      code: 'MAVEN_AUTH',
      message: expect.stringContaining('it answered 401'),
    });
    const login = '<servers><server><id>near</id><username>ann</username><password>pass</password></server></servers>';
    await mirrorAll(server.url, login);
    expect(names(await resolve({}))).toHaveLength(3);
  });

  it('says MAVEN_UNREACHABLE, the mirror and the host when nobody listens', async () => {
    await mirrorAll('http://127.0.0.1:9/maven');
    await expect(resolve({})).rejects.toMatchObject({
      code: 'MAVEN_UNREACHABLE',
      message: 'Cannot read the Maven repository "near" at "127.0.0.1:9": it refuses the connection',
    });
  });

  it('says HASH_MISMATCH for a jar that is not what the repository says, and keeps nothing', async () => {
    await using server = await startMavenRepository(all, { checksum: 'wrong' });
    await mirrorAll(server.url);
    await expect(resolve({})).rejects.toMatchObject({ code: 'HASH_MISMATCH' });
    server.behaviour.checksum = 'right';
    expect(names(await resolve({}))).toHaveLength(3);
  });

  it('says JAR_NOT_FOUND, who was asked and the versions there are, and keeps the report of Ivy in a file until it is found', async () => {
    await using server = await startMavenRepository(all);
    await mirrorAll(server.url);
    const ctx = testCtx();
    const error = await resolve({ packages: ['org.example:base:3.1'] }, {}, ctx).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'JAR_NOT_FOUND',
      message: `Cannot find the package "org.example:base:3.1" at ${server.url.replace('http://', '')}`,
      hint: 'Name a version that is there: 3.0',
    });
    const notices = ctx.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []));
    const report = /^What Ivy says of it is in (.+\.log)$/.exec(notices.join('\n'))?.[1] ?? '';
    expect(await readFile(report, 'utf8')).toContain('org.example#base;3.1: not found');
    expect(ctx.events.filter(({ type }) => type === 'log')).toEqual([]);

    await using complete = await startMavenRepository([{ coordinates: 'org.example:base:3.1' }]);
    await mirrorAll(complete.url);
    expect(names(await resolve({ packages: ['org.example:base:3.1'] }))).toHaveLength(1);
    await expect(readFile(report)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('names a package that another one needs and nobody has', async () => {
    await using server = await startMavenRepository([app, library]);
    await mirrorAll(server.url);
    await expect(resolve({})).rejects.toMatchObject({
      code: 'JAR_NOT_FOUND',
      message: expect.stringContaining('"org.example:base:3.0", which a package needs'),
    });
  });

  it("resolves by the user's own Ivy settings", async () => {
    await using server = await startMavenRepository(all);
    const resolver = `<ibiblio name="own" m2compatible="true" root="${server.url}/"/>`;
    const settings = `<ivysettings><settings defaultResolver="own"/><resolvers>${resolver}</resolvers></ivysettings>`;
    await writeFile(join(root, 'ivysettings.xml'), settings);
    await mirrorAll('http://127.0.0.1:9/maven');
    expect(names(await resolve({ properties: { 'spark.jars.ivySettings': 'ivysettings.xml' } }))).toHaveLength(3);
  });
});

describeWith('spark', problem === null)('prepareTrustStore()', () => {
  it("gives what Java trusts and the file's authorities, as Java's own keytool reads it", async () => {
    const { java } = await realLayout();
    const [pem = ''] = rootCertificates;
    const selfSigned = execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        '/dev/null',
        '-subj',
        '/CN=hibana test',
        '-days',
        '2',
      ],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    await mkdir(root, { recursive: true });
    const caFile = join(root, 'ca.pem');
    await writeFile(caFile, `${selfSigned}\n${pem}`);
    const own = { ...deps, index: { indexUrl: null, caFile } };
    await using source = createPackageSource(own);
    const store = await prepareTrustStore(java, source, own, testCtx());
    const list = execFileSync(
      join(java, 'bin', 'java'),
      ['sun.security.tools.keytool.Main', '-list', '-keystore', store ?? '', '-storepass', 'changeit'],
      { encoding: 'utf8' },
    );
    expect(list).toContain(new X509Certificate(selfSigned).fingerprint256);
    expect(list).toContain(new X509Certificate(pem).fingerprint256);
    expect(Number(/contains (\d+) entries/.exec(list)?.[1])).toBeGreaterThan(50);
    await rm(root, { recursive: true, force: true });
  });

  it('gives none when nobody names an authority, and says FILE_UNREADABLE for a file that is not there', async () => {
    const { java } = await realLayout();
    // Not even the machine's own pip.conf.
    const bare = { ...deps, env: { PATH: env.PATH, PIP_CONFIG_FILE: '/dev/null' } };
    await using plain = createPackageSource(bare);
    expect(await prepareTrustStore(java, plain, bare, testCtx())).toBeNull();
    const own = { ...deps, index: { indexUrl: null, caFile: '/nowhere/ca.pem' } };
    await using source = createPackageSource(own);
    await expect(prepareTrustStore(java, source, own, testCtx())).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
