import { describe, expect, it } from 'vitest';
import { type BuildRequest, earlySettings, imageOptions } from '../../../../cli/build/build-request.ts';
import type { BuiltImage } from '../../../../cli/build/find-built.ts';
import { rebuildRequest, recordedSource } from '../../../../cli/build/rebuild-request.ts';
import { formatRecord, parseRecord, recordOf } from '../../../../cli/build/request-record.ts';
import type { Flags } from '../../../../cli/config/settings.ts';
import type { Source } from '../../../../cli/source/source.ts';

const USER = 'version: 1\nspark: "4.2"\nsecrets: {KEY: /run/key}\nconf: {a: user}\nbuild: {builder: reg.example/b:1}\n';
const COMMIT = 'c'.repeat(40);

function requestOf(flags: Flags, env: Readonly<Record<string, string>> = {}, user?: string): BuildRequest {
  const source: Source = { kind: 'git', url: 'https://host/app.git', ref: 'main', contextDir: 'etl' };
  const texts: Readonly<Record<string, string | undefined>> = { '/user.yaml': user, '/vars.env': 'FROM_FILE=1\n' };
  const files = { isReadable: () => true, readText: (path: string) => texts[path] };
  const open = { templatesDir: '', submodules: true, lfs: false, credentials: {}, caFile: null, env };
  return {
    input: { source, flags, env, files, userFile: '/user.yaml', open, notice: null, isShared: async () => false },
    destination: { kind: 'layout', folder: '/out', tags: ['v1'] },
    platforms: [{ os: 'linux', architecture: 'amd64' }],
    labels: { team: 'data' },
    baseMirror: null,
    ...{ isForced: false, isDry: false, indexTokens: [], java: null, upgrade: false, contract: null },
  };
}

const FLAGS: Flags = {
  ...{ appFile: 'a.py', spark: '4.2', args: ['--day', '1'], conf: ['b=2'], packages: ['g:a:1'] },
  ...{ env: ['A=1', 'TAKEN'], envFile: ['/vars.env'], executorEnv: ['E=1'], secret: ['KEY=/run/key'] },
  ...{ buildEnv: ['TOKEN=hush'], indexUrl: 'https://me:hush@index.example/simple', cluster: 'local' },
};
const ENV = {
  TAKEN: 'from here',
  APP_ARGS: 'x y',
  PATH: '/bin',
  HIBANA_CONFIG: 'large',
  AWS_SECRET_ACCESS_KEY: 'hush',
};

async function recorded() {
  const request = requestOf(FLAGS, ENV, USER);
  const record = await recordOf(request, await earlySettings(request), 'main');
  if (record === null) throw new Error('no record');
  return { request, text: formatRecord(record) };
}

describe('recordOf()', () => {
  it('has what decides an image, and nothing of what is for the build or a run alone', async () => {
    const { text } = await recorded();
    expect(JSON.parse(text)).toMatchObject({
      source: { url: 'https://host/app.git', ref: 'main', contextDir: 'etl', submodules: true, lfs: false },
      flags: {
        ...{ appFile: 'a.py', args: ['--day', '1'], indexUrl: 'https://index.example/simple' },
        env: ['FROM_FILE=1', 'A=1', 'TAKEN=from here'],
      },
      env: { APP_ARGS: 'x y', HIBANA_CONFIG: 'large' },
      labels: { team: 'data' },
    });
    for (const word of ['hush', '/run/key', 'PATH', 'local', 'vars.env']) expect(text).not.toContain(word);
  });

  it('is none for a directory', async () => {
    const request = requestOf({});
    const source: Source = { kind: 'directory', path: '/home/me/app', contextDir: null };
    const other = { ...request, input: { ...request.input, source } };
    expect(await recordOf(other, await earlySettings(other), null)).toBeNull();
  });
});

describe('rebuildRequest()', () => {
  const image = (text: string): BuiltImage => ({
    tag: 'v1',
    stored: { descriptor: { mediaType: '', digest: 'sha256:x', size: 0 }, bytes: Buffer.alloc(0) },
    images: [],
    labels: {
      'dev.hibana.request': text,
      'dev.hibana.builder-digest': 'sha256:b',
      'org.opencontainers.image.revision': COMMIT,
    },
  });

  it('asks for the same as the image was asked for, by the commit and the builder that it was', async () => {
    const { request, text } = await recorded();
    const optionsOf = async (one: BuildRequest): Promise<unknown> => imageOptions(one, await earlySettings(one));
    const platforms = [{ os: 'linux', architecture: 'arm64' }];
    const rebuild = { image: image(text), platforms, name: 'reg/app:v1' };
    expect(recordedSource(rebuild)).toBe(`https://host/app.git#${COMMIT}`);
    const now = requestOf({ buildEnv: ['TOKEN=other'] }, { APP_ARGS: 'of today' }, 'version: 1\nspark: "4.1"\n');
    const again = rebuildRequest(rebuild, now, { incremental: false, inject: [], 'build-secret': [] }, '/');
    expect(again).toMatchObject({
      pinned: { commit: { commit: COMMIT, ref: null, label: 'main' }, builderDigest: 'sha256:b' },
      ...{ isForced: true, platforms, labels: { team: 'data' } },
      input: { source: { contextDir: 'etl' }, open: { submodules: true } },
    });
    // The index is the same, but for its login, which nobody wrote down.
    const withoutLogin = requestOf({ ...FLAGS, indexUrl: 'https://index.example/simple' }, ENV, USER);
    expect(await optionsOf(again)).toEqual(await optionsOf(withoutLogin));
    expect(await optionsOf(request)).not.toEqual(await optionsOf(now));
    expect((await earlySettings(again)).build.env).toEqual({ TOKEN: 'other' });
  });

  it.each([undefined, '', '{', '{}', '{"version":2}'])('refuses an image that says %j', (text) => {
    expect(() => parseRecord(text, 'reg/app:v1')).toThrowError(
      expect.objectContaining({ code: 'REBUILD_UNSUPPORTED', message: expect.stringContaining('"reg/app:v1"') }),
    );
  });
});
