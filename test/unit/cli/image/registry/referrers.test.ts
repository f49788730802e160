import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../../../cli/image/digest.ts';
import { renderManifest } from '../../../../../cli/image/manifest.ts';
import { MEDIA_TYPES } from '../../../../../cli/image/media-types.ts';
import { createRegistries } from '../../../../../cli/image/registry/registries.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../../../../helpers/scripted-server.ts';

const SUBJECT = { mediaType: MEDIA_TYPES.oci.manifest, digest: digestOf('subject'), size: 7 };
const TAG = `/v2/app/manifests/${SUBJECT.digest.replace(':', '-')}`;
const API = `/v2/app/referrers/${SUBJECT.digest}`;
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf('{}'), size: 2 };

function referrer(type: string) {
  return renderManifest({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.oci.manifest,
    artifactType: type,
    config: EMPTY,
    layers: [EMPTY],
    subject: SUBJECT,
    annotations: { type },
  });
}

const SBOM = referrer('application/vnd.cyclonedx+json');
const SIGNATURE = referrer('application/vnd.signature');
const listed = ({ descriptor }: typeof SBOM, artifactType: string) => ({ ...descriptor, artifactType });
const indexOf = (...manifests: readonly object[]) =>
  JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.oci.index, manifests });
const SBOM_LISTED = listed(SBOM, 'application/vnd.cyclonedx+json');
const SIGNATURE_LISTED = listed(SIGNATURE, 'application/vnd.signature');

async function withReferrers(script: Script) {
  const server: ScriptedServer = await startScriptedServer({ 'GET /v2/': 200, ...script });
  const registries = createRegistries({ env: {}, home: '/nonexistent' });
  return {
    server,
    referrers: registries.referrers({ registry: server.host, repository: 'app' }),
    [Symbol.asyncDispose]: async () => {
      await registries[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('put()', () => {
  const PUT = `PUT /v2/app/manifests/${SBOM.descriptor.digest}`;

  it('leaves the list to a registry that keeps it', async () => {
    const reply = { status: 201, headers: { 'oci-subject': SUBJECT.digest } };
    await using tested = await withReferrers({ [PUT]: reply });
    expect(await tested.referrers.put(SBOM, testCtx())).toEqual(SBOM.descriptor);
    expect(tested.server.calls().slice(1)).toEqual([PUT]);
  });

  it.each([
    ['makes the list', null, [SBOM_LISTED]],
    ['adds to the list', indexOf(SIGNATURE_LISTED), [SIGNATURE_LISTED, SBOM_LISTED]],
  ])('%s under a tag where the registry keeps none', async (_, before, expected) => {
    const tag = listUnderTag(before);
    await using tested = await withReferrers({ [PUT]: 201, ...tag.script });
    await tested.referrers.put(SBOM, testCtx());
    expect(tag.list()).toMatchObject({ mediaType: MEDIA_TYPES.oci.index, manifests: expected });
  });

  it('looks again when somebody else writes the list at the same moment', async () => {
    const tag = listUnderTag(null, [indexOf(SIGNATURE_LISTED)]);
    await using tested = await withReferrers({ [PUT]: 201, ...tag.script });
    await tested.referrers.put(SBOM, testCtx());
    expect(tag.list()).toMatchObject({ manifests: [SIGNATURE_LISTED, SBOM_LISTED] });
  });

  it('gives up where the list never stays', async () => {
    const tag = listUnderTag(
      null,
      Array.from({ length: 9 }, () => indexOf(SIGNATURE_LISTED)),
    );
    await using tested = await withReferrers({ [PUT]: 201, ...tag.script });
    await tested.referrers.put(SBOM, testCtx());
    expect(tested.server.calls().filter((call) => call === `PUT ${TAG}`)).toHaveLength(3);
  });

  it('writes nothing that the list has', async () => {
    const tag = listUnderTag(indexOf(SBOM_LISTED));
    await using tested = await withReferrers({ [PUT]: 201, ...tag.script });
    await tested.referrers.put(SBOM, testCtx());
    expect(tested.server.calls().at(-1)).toBe(`GET ${TAG}`);
  });
});

/** `overwrites` are what somebody else writes there, each right after one of ours. */
function listUnderTag(before: string | null, overwrites: readonly string[] = []) {
  const others = [...overwrites];
  let body = before;
  const script: Script = {
    [`GET ${TAG}`]: () => (body === null ? 404 : { status: 200, body }),
    [`HEAD ${TAG}`]: () =>
      body === null ? 404 : { status: 200, headers: { 'docker-content-digest': digestOf(body) } },
    [`PUT ${TAG}`]: (request) => {
      body = others.shift() ?? request.body.toString();
      return 201;
    },
  };
  return { script, list: (): unknown => JSON.parse(body ?? 'null') };
}

describe('list()', () => {
  const list = async (script: Script, type: string | null = null) => {
    await using tested = await withReferrers(script);
    return (await tested.referrers.list(SUBJECT.digest, type, testCtx())).map(({ digest }) => digest);
  };
  const [sbom, signature] = [SBOM.descriptor.digest, SIGNATURE.descriptor.digest];

  it.each([
    ['the registry', { [`GET ${API}`]: { status: 200, body: indexOf(SBOM_LISTED, SIGNATURE_LISTED) } }],
    ['the tag', { [`GET ${TAG}`]: { status: 200, body: indexOf(SBOM_LISTED, SIGNATURE_LISTED) } }],
    [
      'several pages',
      {
        [`GET ${API}`]: ({ url }) =>
          url.includes('?page=2')
            ? { status: 200, body: indexOf(SIGNATURE_LISTED) }
            : { status: 200, body: indexOf(SBOM_LISTED), headers: { link: `<${API}?page=2>; rel="next"` } },
      },
    ],
  ] satisfies readonly (readonly [string, Script])[])('reads %s', async (_, script) => {
    expect(await list(script)).toEqual([sbom, signature]);
    expect(await list(script, 'application/vnd.signature')).toEqual([signature]);
  });

  it('is empty where nothing is attached', async () => {
    expect(await list({})).toEqual([]);
  });

  it('is refused by 403', async () => {
    await expect(list({ [`GET ${API}`]: 403 })).rejects.toMatchObject({ code: 'REGISTRY_AUTH' });
  });
});
