import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readNpmSettings } from '../../../../cli/builder/npm-settings.ts';
import { authorizationFor } from '../../../../cli/packages/credentials.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'home-'));
});
afterEach(() => rm(home, { recursive: true }));

/** Without the files for all users of this machine. */
const alone = { npm_config_globalconfig: '/dev/null' };

async function read(npmrc: string, env: Readonly<Record<string, string>> = {}) {
  await writeFile(join(home, '.npmrc'), npmrc);
  const { registry, credentials, caFile } = await readNpmSettings({ ...alone, ...env }, home);
  return { registry, caFile, auth: (url: string) => authorizationFor(new URL(url), credentials) };
}

it("readNpmSettings() takes npm's own registry where nobody names another", async () => {
  expect((await readNpmSettings(alone, home)).registry).toMatch(/^https:/);
});

it.each([
  ['the file', 'registry=https://npm.example/repo/\n', {}, 'https://npm.example/repo'],
  ['quotes', 'registry = "https://npm.example"', {}, 'https://npm.example'],
  ['a comment', '# registry=https://no.example\nregistry=https://npm.example', {}, 'https://npm.example'],
  ['a variable in the file', `registry=https://$${'{HOST}'}/`, { HOST: 'h.example' }, 'https://h.example'],
  [
    'the environment',
    'registry=https://npm.example',
    { npm_config_registry: 'https://e.example' },
    'https://e.example',
  ],
  ['its upper case', '', { NPM_CONFIG_REGISTRY: 'https://e.example' }, 'https://e.example'],
])('readNpmSettings() finds the registry: %s', async (_, npmrc, env, registry) => {
  expect((await read(npmrc, env)).registry).toBe(registry);
});

it.each([
  ['a token', `//npm.example/repo/:_authToken=$${'{TOKEN}'}`, 'Bearer s3cret'],
  ['a login in one', `//npm.example/:_auth=${btoa('me:pass:word')}`, `Basic ${btoa('me:pass:word')}`],
  ['a login in two', `//npm.example/:username=me\n//npm.example/:_password=${btoa('pw')}`, `Basic ${btoa('me:pw')}`],
  ['a login in the URL', 'registry=https://me:pw@npm.example/', `Basic ${btoa('me:pw')}`],
])('readNpmSettings() logs in at the host alone for which it is: %s', async (_, npmrc, expected) => {
  const { auth } = await read(npmrc, { TOKEN: 's3cret' });
  expect(auth('https://npm.example/x')).toBe(expected);
  expect(auth('https://other.example/x')).toBeUndefined();
});

it('readNpmSettings() keeps a login out of the registry', async () => {
  expect((await read('registry=https://me:pw@npm.example/')).registry).toBe('https://npm.example');
});

it('readNpmSettings() names the authorities', async () => {
  expect((await read('cafile=/etc/ca.pem')).caFile).toBe('/etc/ca.pem');
});

it('readNpmSettings() says USAGE for what is no URL', async () => {
  await expect(read('registry=nonsense')).rejects.toMatchObject({ code: 'USAGE' });
});
