import { describe, expect, it } from 'vitest';
import { mirrorFor } from '../../../../cli/jars/maven-mirrors.ts';
import { type MavenSettings, parseMavenSettings } from '../../../../cli/jars/maven-settings.ts';
import { proxyEnvironment, repositoriesFor } from '../../../../cli/jars/repositories.ts';

const place = { env: { MAVEN_PASSWORD: 's3cret' }, home: '/home/ann' };
const parse = (inside: string): Promise<MavenSettings> =>
  parseMavenSettings(`<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">${inside}</settings>`, 's.xml', place);
const mirror = (mirrorOf: string, id = 'm', blocked = '') =>
  `<mirrors><mirror><id>${id}</id><url>https://mirror.example/maven</url><mirrorOf>${mirrorOf}</mirrorOf>${blocked}</mirror></mirrors>`;
const sources = (settings: MavenSettings, urls: readonly string[] = []) =>
  repositoriesFor({ urls, settings, env: {}, home: '/home/ann' });

describe('parseMavenSettings()', () => {
  it('reads mirrors, servers, proxies and the local repository, with variables of the environment', async () => {
    const settings = await parse(`
      <localRepository>\${user.home}/maven</localRepository>
      <servers><server><id>m</id><username>ann</username><password>\${env.MAVEN_PASSWORD}</password></server></servers>
      <proxies><proxy><active>true</active><protocol>https</protocol><host>proxy.example</host><port>3128</port>
        <username>u</username><password>p&amp;q</password><nonProxyHosts>localhost|*.corp.example</nonProxyHosts></proxy>
        <proxy><active>false</active><host>other.example</host></proxy></proxies>
      ${mirror('*')}`);
    expect(settings.localRepository).toBe('/home/ann/maven');
    expect(settings.servers.get('m')).toEqual({ user: 'ann', password: 's3cret' });
    expect(settings.proxies).toEqual([
      { protocol: 'https', url: 'http://u:p%26q@proxy.example:3128/', except: ['localhost', '*.corp.example'] },
    ]);
    expect(settings.mirrors).toEqual([
      { id: 'm', url: 'https://mirror.example/maven', mirrorOf: '*', isBlocked: false },
    ]);
  });

  it.each([
    ['no host', '<port>3128</port>'],
    ['a port that is none', '<host>proxy.example</host><port>none</port>'],
  ])('says CONFIG_INVALID, with the file, for a proxy with %s', async (_what, inside) => {
    const parsed = parse(`<proxies><proxy>${inside}</proxy></proxies>`);
    await expect(parsed).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('"s.xml"') });
  });

  it('takes the repositories of active profiles alone', async () => {
    const profile = (id: string, activation = '') =>
      `<profile><id>${id}</id>${activation}<repositories><repository><id>${id}-repo</id><url>https://${id}.example</url></repository></repositories></profile>`;
    const byName = await parse(
      `<profiles>${profile('a')}${profile('b')}</profiles><activeProfiles><activeProfile>b</activeProfile></activeProfiles>`,
    );
    expect(byName.repositories).toEqual([{ id: 'b-repo', url: 'https://b.example' }]);
    const byDefault = await parse(
      `<profiles>${profile('a', '<activation><activeByDefault>true</activeByDefault></activation>')}${profile('b')}</profiles>`,
    );
    expect(byDefault.repositories).toEqual([{ id: 'a-repo', url: 'https://a.example' }]);
  });

  it.each(['<settings><mirrors></settings>', 'no xml', ''])('says CONFIG_INVALID and the file for %j', async (text) => {
    await expect(parseMavenSettings(text, '/x/settings.xml', place)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('/x/settings.xml'),
    });
  });
});

describe('mirrorFor()', () => {
  const repository = { id: 'central', url: 'https://central.example/maven2' };
  it.each([
    ['*', repository, true],
    ['central', repository, true],
    ['other', repository, false],
    ['a, central', repository, true],
    ['*,!central', repository, false],
    ['external:*', repository, true],
    ['external:*', { id: 'near', url: 'http://localhost:8081/maven' }, false],
    ['external:http:*', repository, false],
    ['external:http:*', { id: 'old', url: 'http://old.example' }, true],
  ])('%s for %j: %j', (mirrorOf, wanted, isMirrored) => {
    const one = { id: 'm', url: 'https://m.example', mirrorOf, isBlocked: false };
    expect(mirrorFor(wanted, [one])).toBe(isMirrored ? one : undefined);
  });

  it('prefers the mirror that names the repository', () => {
    const [all, own] = ['*', 'central'].map((mirrorOf) => ({ id: mirrorOf, url: '', mirrorOf, isBlocked: false }));
    expect(
      mirrorFor(
        repository,
        [all, own].flatMap((one) => one ?? []),
      ),
    ).toBe(own);
  });
});

describe('repositoriesFor()', () => {
  it('puts a mirror of everything in the place of all, once, with the credentials of its server', async () => {
    const server = '<servers><server><id>m</id><username>ann</username><password>p</password></server></servers>';
    const { remotes, credentials } = sources(await parse(mirror('*') + server), ['https://more.example/maven']);
    expect(remotes).toEqual([{ id: 'm', url: 'https://mirror.example/maven' }]);
    expect(credentials.get('mirror.example')).toEqual({ user: 'ann', password: 'p' });
  });

  it('takes credentials out of a URL', async () => {
    const { remotes, credentials } = sources(await parse(''), ['https://ann:p%40ss@more.example/maven/']);
    expect(remotes.at(-1)).toEqual({ id: 'repo-1', url: 'https://more.example/maven' });
    expect(credentials.get('more.example')).toEqual({ user: 'ann', password: 'p@ss' });
  });

  it('takes DEFAULT_ARTIFACT_REPOSITORY for Central, as spark-submit does', async () => {
    const env = { DEFAULT_ARTIFACT_REPOSITORY: 'https://own.example/maven' };
    const { remotes } = repositoriesFor({ urls: [], settings: await parse(''), env, home: '/home/ann' });
    expect(remotes).toEqual([{ id: 'central', url: 'https://own.example/maven' }]);
  });

  it.each([
    [['ftp://more.example'], mirror('other')],
    [['http://old.example'], mirror('external:http:*', 'blocker', '<blocked>true</blocked>')],
  ])('says USAGE for %j', async (urls, xml) => {
    const settings = await parse(xml);
    expect(() => sources(settings, urls)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('proxyEnvironment()', () => {
  const xml =
    '<proxies><proxy><host>proxy.example</host><port>3128</port><nonProxyHosts>*.corp</nonProxyHosts></proxy></proxies>';
  it('says the proxy of settings.xml where the environment says none', async () => {
    const settings = await parse(xml);
    expect(proxyEnvironment(settings, { no_proxy: 'a' })).toEqual({
      http_proxy: 'http://proxy.example:3128/',
      https_proxy: 'http://proxy.example:3128/',
      no_proxy: 'a,*.corp',
    });
    const own = { HTTPS_PROXY: 'http://mine.example:1' };
    expect(proxyEnvironment(settings, own)).toBe(own);
  });
});
