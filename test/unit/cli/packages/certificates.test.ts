import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readOwnAuthorities } from '../../../../cli/packages/certificates.ts';
import { makeCertificate } from '../../../helpers/certificate-authority.ts';

let folder: string;
let ours: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-certificates-'));
  ours = await readFile(makeCertificate(folder).caFile, 'utf8');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(pem: string): Promise<readonly string[]> {
  const caFile = join(folder, 'bundle.pem');
  await writeFile(caFile, pem);
  return readOwnAuthorities({ caFile, authorityFiles: [] });
}

/** The same certificate in lines of another length. */
function refolded(pem: string): string {
  const [, body = ''] = /-----\n([\s\S]*?)\n-----/.exec(pem) ?? [];
  const lines = body.replace(/\s/g, '').match(/.{1,76}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

it.each([
  ['as it is', (pem: string) => pem],
  ['written otherwise', refolded],
])('readOwnAuthorities() gives nothing where Node trusts all by itself, %s', async (_how, written) => {
  const known = rootCertificates.slice(0, 3).map(written).join('\n');
  expect(await read(known)).toEqual([]);
});

it('readOwnAuthorities() gives an authority that Node does not know beside all that it knows', async () => {
  const all = await read(`${rootCertificates[0]}\n${ours}`);
  expect(all).toContain(ours.trim());
  expect(all.length).toBeGreaterThan(rootCertificates.length);
  expect(new Set(all).size).toBe(all.length);
});
