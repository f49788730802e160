import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCredentials } from '../../../../../cli/image/registry/credentials.ts';
import { parseImageRef } from '../../../../../runtime/core/image-ref.ts';
import { testCtx } from '../../../../helpers/ctx.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hibana-logins-'));
});
afterEach(() => rm(home, { recursive: true }));

async function put(path: string, content: object | string, mode = 0o600): Promise<string> {
  const whole = join(home, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, typeof content === 'string' ? content : JSON.stringify(content));
  await chmod(whole, mode);
  return whole;
}

const auth = (login: string) => ({ auth: Buffer.from(login).toString('base64') });
const basic = (user: string, password: string) => ({ kind: 'basic', user, password });

function find(image: string, env: Readonly<Record<string, string>> = {}, file: string | null = null) {
  const PATH = `${join(home, 'bin')}:/usr/bin:/bin`;
  return createCredentials({ file, env: { PATH, HOME: home, ...env }, home }).find(parseImageRef(image), testCtx());
}

describe('createCredentials()', () => {
  it.each([
    ['registry.example/a', { 'registry.example': auth('me:pass:word') }, basic('me', 'pass:word')],
    ['registry.example:5000/a', { 'registry.example': auth('me:no') }, undefined],
    ['registry.example:5000/a', { 'registry.example:5000': auth('me:x') }, basic('me', 'x')],
    ['registry.example/a', { 'https://registry.example/v1/': auth('me:x') }, basic('me', 'x')],
    ['registry.example/a', { 'Registry.Example/v2': auth('me:x') }, basic('me', 'x')],
    ['registry.example/a', { 'other.example': auth('me:no') }, undefined],
    ['registry.example/a', { 'registry.example.evil.com': auth('me:no') }, undefined],
    ['registry.example/a', { 'registry.example': { username: 'me', password: 'x' } }, basic('me', 'x')],
    ['registry.example/a', { 'registry.example': {} }, undefined],
    ['registry.example/a', { 'registry.example': auth('me:x\0\0') }, basic('me', 'x')],
    [
      'registry.example/a',
      { 'registry.example': { ...auth('<token>:'), identitytoken: 'id' } },
      { kind: 'identity', token: 'id' },
    ],
    ['registry.example/a', { 'registry.example': { registrytoken: 'jwt' } }, { kind: 'bearer', token: 'jwt' }],
    ['python:3.12', { 'https://index.docker.io/v1/': auth('me:hub') }, basic('me', 'hub')],
    ['python:3.12', { 'docker.io': auth('me:hub') }, basic('me', 'hub')],
    ['python:3.12', { 'registry-1.docker.io': auth('me:hub') }, basic('me', 'hub')],
    [
      'registry.example/team/app',
      { 'registry.example': auth('all:x'), 'registry.example/team': auth('team:x') },
      basic('team', 'x'),
    ],
    ['registry.example/teams/app', { 'registry.example/team': auth('team:x') }, undefined],
  ])('finds for %s in %j', async (image, auths, login) => {
    await put('.docker/config.json', { auths });
    expect(await find(image)).toEqual(login);
  });

  it.each([
    ['~/.docker', '.docker/config.json', {}],
    ['DOCKER_CONFIG', 'docker/config.json', { DOCKER_CONFIG: 'docker' }],
    ['REGISTRY_AUTH_FILE', 'auth/some.json', { REGISTRY_AUTH_FILE: 'auth/some.json' }],
    ['~/.config/containers', '.config/containers/auth.json', {}],
    ['XDG_CONFIG_HOME', 'xdg/containers/auth.json', { XDG_CONFIG_HOME: 'xdg' }],
    ['XDG_RUNTIME_DIR', 'run/containers/auth.json', { XDG_RUNTIME_DIR: 'run' }],
  ])('reads the file of %s', async (_, path, env) => {
    await put(path, { auths: { 'registry.example': auth('me:x') } });
    const absolute = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, join(home, value)]));
    expect(await find('registry.example/a', absolute)).toEqual(basic('me', 'x'));
  });

  it('asks nothing but the file that was named', async () => {
    await put('.docker/config.json', { auths: { 'registry.example': auth('docker:x') } });
    const named = await put('named.json', { auths: {} });
    expect(await find('registry.example/a', { REGISTRY_AUTH_FILE: named })).toBeUndefined();
    const option = await put('option.json', { auths: { 'registry.example': auth('option:x') } });
    expect(await find('registry.example/a', { REGISTRY_AUTH_FILE: named }, option)).toEqual(basic('option', 'x'));
  });

  it('finds nothing without a file, and in one that is empty', async () => {
    expect(await find('registry.example/a')).toBeUndefined();
    await put('.docker/config.json', '');
    expect(await find('registry.example/a')).toBeUndefined();
  });

  it.each([
    ['no JSON', '{"auths": {"registry.example": {"auth": "c2VjcmV0', /config\.json": it is no JSON/],
    ['auths that is a list', '{"auths": ["c2VjcmV0"]}', /config\.json": "auths" is not/],
    ['auth that has no colon', '{"auths": {"registry.example": {"auth": "c2VjcmV0"}}}', /"auth" of "registry.example"/],
  ])('refuses a file with %s, naming it and nothing secret', async (_, content, message) => {
    const path = await put('.docker/config.json', content);
    const error = await find('registry.example/a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message), details: { path } });
    expect(error).toMatchObject({ hint: expect.stringContaining(path) });
    expect(inspect(error, { depth: 9 })).not.toMatch(/c2VjcmV0|secret/);
  });

  it('refuses a file that was named and is not there', async () => {
    const file = join(home, 'gone.json');
    await expect(find('registry.example/a', { REGISTRY_AUTH_FILE: file })).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining(file),
    });
  });
});

describe('a credential helper', () => {
  const answer = (content: object | string, status = 0): string =>
    `#!/bin/sh\ncat > "$HOME/asked"; echo "$*" > "$HOME/arguments"\ncat <<'END'\n${typeof content === 'string' ? content : JSON.stringify(content)}\nEND\nexit ${status}\n`;
  const LOGIN = { ServerURL: 'x', Username: 'me', Secret: 'Sesame' };

  it.each([
    ['credHelpers', 'registry.example/a', { credHelpers: { 'registry.example': 'safe' } }, 'registry.example'],
    ['credsStore', 'registry.example:5000/a', { credsStore: 'safe' }, 'registry.example:5000'],
    ['credsStore', 'python', { credsStore: 'safe' }, 'https://index.docker.io/v1/'],
    [
      'credHelpers before credsStore',
      'registry.example/a',
      { credHelpers: { 'registry.example': 'safe' }, credsStore: 'none' },
      'registry.example',
    ],
  ])('that %s names is asked for %s', async (_, image, config, server) => {
    await put('.docker/config.json', config);
    await put('bin/docker-credential-safe', answer(LOGIN), 0o700);
    expect(await find(image)).toEqual(basic('me', 'Sesame'));
    expect(await readFile(join(home, 'asked'), 'utf8')).toBe(server);
    expect(await readFile(join(home, 'arguments'), 'utf8')).toBe('get\n');
  });

  it('may give an identity token', async () => {
    await put('.docker/config.json', { credsStore: 'safe' });
    await put('bin/docker-credential-safe', answer({ ...LOGIN, Username: '<token>' }), 0o700);
    expect(await find('registry.example/a')).toEqual({ kind: 'identity', token: 'Sesame' });
  });

  it('that has none leaves it to the entry in the file', async () => {
    await put('.docker/config.json', { credsStore: 'safe', auths: { 'registry.example': auth('file:x') } });
    await put('bin/docker-credential-safe', answer('credentials not found in native keychain', 1), 0o700);
    expect(await find('registry.example/a')).toEqual(basic('file', 'x'));
    expect(await find('other.example/a')).toBeUndefined();
  });

  it.each([
    ['is missing', null, /"docker-credential-safe", which ".*config\.json" names.*: there is no such program/],
    ['fails', answer('Sesame is locked', 3), /ended with status 3/],
    ['says no JSON', answer('Sesame'), /has no user and no secret/],
    ['says something else', answer({ Password: 'Sesame' }), /has no user and no secret/],
    ['is killed', '#!/bin/sh\nkill -9 $$\n', /a signal ended it/],
  ])('that %s is an error that names program and file, and nothing secret', async (_, program, message) => {
    await put('.docker/config.json', { credHelpers: { 'registry.example': 'safe' } });
    if (program !== null) await put('bin/docker-credential-safe', program, 0o700);
    const error = await find('registry.example/a').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REGISTRY_AUTH', message: expect.stringMatching(message) });
    expect(inspect(error, { depth: 9 })).not.toContain('Sesame');
  });

  it('is no path', async () => {
    await put('.docker/config.json', { credsStore: '../../bin/sh' });
    await expect(find('registry.example/a')).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
  });

  it('is ended when nobody waits for it any more', async () => {
    await put('.docker/config.json', { credsStore: 'safe' });
    await put('bin/docker-credential-safe', `#!/bin/sh\necho > "$HOME/asked"\nexec sleep 60\n`, 0o700);
    const ctx = testCtx();
    const env = { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, HOME: home };
    const finding = createCredentials({ file: null, env, home }).find(parseImageRef('registry.example/a'), ctx);
    const reason = new Error('no longer wanted');
    setTimeout(() => ctx.abort(reason), 100);
    await expect(finding).rejects.toBe(reason);
  });
});
