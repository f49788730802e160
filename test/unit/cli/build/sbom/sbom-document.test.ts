import { describe, expect, it } from 'vitest';
import { packageComponents } from '../../../../../cli/build/sbom/package-components.ts';
import {
  packagesOf,
  parseSbom,
  renderSbom,
  type SbomFacts,
  sbomOf,
} from '../../../../../cli/build/sbom/sbom-document.ts';
import { parseImageRef } from '../../../../../runtime/core/image-ref.ts';
import { sbomProblems } from '../../../../helpers/sbom-schema.ts';

const digest = (sign: string) => `sha256:${sign.repeat(64)}`;
const [A, B, C] = ['a', 'b', 'c'].map((sign) => sign.repeat(64));
const packages = packageComponents({
  distributions: [
    { name: 'numpy', version: '2.0.0', sha256: [A ?? '', B ?? ''] },
    { name: 'flask', version: '3.0.3', sha256: [C ?? ''] },
    { name: 'own', version: null, sha256: [] },
    { name: 'flask', version: '3.0.3', sha256: [C ?? ''] },
  ],
  jars: [
    {
      ...{ group: 'org.postgresql', artifact: 'postgresql', version: '42.7.7', classifier: null },
      ...{ file: 'x.jar', bytes: 1, sha256: A ?? '', hasPython: false, hasJdbcDriver: true },
    },
    {
      ...{ group: 'io.netty', artifact: 'netty', version: '4.1', classifier: 'linux-x86_64' },
      ...{ file: 'y.jar', bytes: 1, sha256: B ?? '', hasPython: false, hasJdbcDriver: false },
    },
  ],
});
const facts: SbomFacts = {
  image: {
    platform: { os: 'linux', architecture: 'amd64' },
    labels: {
      'org.opencontainers.image.title': 'Word Count',
      'io.openshift.s2i.build.commit.date': '2023-11-14T22:13:20+00:00',
      'dev.hibana.version': '0.1.0',
    },
  },
  builder: {
    name: 'registry.example:5000/builders/hibana-python:3.12',
    ref: parseImageRef('mirror.example/hibana-python:3.12'),
    digest: digest('2'),
    facts: { spark: '4.2.1', scala: '2.13', java: 21, python: '3.12' },
  },
  launcher: digest('3'),
  packages,
};

const ROOT = 'pkg:oci/word%20count?arch=amd64';
const BUILDER = `pkg:oci/hibana-python@${digest('2')}?arch=amd64&repository_url=registry.example:5000%2Fbuilders%2Fhibana-python&tag=3.12`;
const SPARK = 'pkg:maven/org.apache.spark/spark-core_2.13@4.2.1';
const NUMPY = 'pkg:pypi/numpy@2.0.0';
const NETTY = 'pkg:maven/io.netty/netty@4.1?classifier=linux-x86_64';
const hashes = (content: string | undefined) => ({ hashes: [{ alg: 'SHA-256', content }] });

describe('sbomOf()', () => {
  it('says what an image consists of', () => {
    const components = [
      {
        ...{ type: 'container', 'bom-ref': 'builder', name: 'registry.example:5000/builders/hibana-python' },
        ...{ version: digest('2'), purl: BUILDER },
      },
      { type: 'platform', 'bom-ref': 'java@21', name: 'java', version: '21' },
      { type: 'library', 'bom-ref': 'own', name: 'own' },
      {
        ...{ type: 'application', 'bom-ref': 'pkg:generic/hibana@0.1.0', name: 'hibana', version: '0.1.0' },
        ...{ ...hashes('3'.repeat(64)), purl: 'pkg:generic/hibana@0.1.0' },
      },
      {
        ...{ type: 'library', 'bom-ref': NETTY, group: 'io.netty', name: 'netty', version: '4.1' },
        ...{ ...hashes(B), purl: NETTY },
      },
      {
        ...{ type: 'framework', 'bom-ref': SPARK, group: 'org.apache.spark', name: 'spark-core_2.13' },
        ...{ version: '4.2.1', purl: SPARK },
      },
      {
        ...{ type: 'library', 'bom-ref': 'pkg:maven/org.postgresql/postgresql@42.7.7', group: 'org.postgresql' },
        ...{ name: 'postgresql', version: '42.7.7', ...hashes(A), purl: 'pkg:maven/org.postgresql/postgresql@42.7.7' },
      },
      {
        ...{ type: 'library', 'bom-ref': 'pkg:pypi/flask@3.0.3', name: 'flask', version: '3.0.3' },
        ...{ ...hashes(C), purl: 'pkg:pypi/flask@3.0.3' },
      },
      {
        ...{ type: 'library', 'bom-ref': NUMPY, name: 'numpy', version: '2.0.0', purl: NUMPY },
        externalReferences: [
          { type: 'distribution', url: NUMPY, hashes: [A, B].map((content) => ({ alg: 'SHA-256', content })) },
        ],
      },
      { type: 'platform', 'bom-ref': 'python@3.12', name: 'python', version: '3.12' },
    ];
    const references = components.map((one) => one['bom-ref']);
    const ofBuilder = ['java@21', SPARK, 'python@3.12'];
    expect(sbomOf(facts)).toEqual({
      ...{ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 },
      metadata: {
        tools: { components: [{ type: 'application', name: 'hibana', version: '0.1.0' }] },
        component: { type: 'container', 'bom-ref': 'image', name: 'Word Count', purl: ROOT },
      },
      components,
      dependencies: [
        { ref: 'image', dependsOn: references.filter((one) => !ofBuilder.includes(one)) },
        { ref: 'builder', dependsOn: ofBuilder },
      ],
    });
  });

  it.each<readonly [string, Partial<SbomFacts>]>([
    ['all that there is', {}],
    [
      'nothing but a builder in a folder',
      { packages: [], launcher: null, builder: { ...facts.builder, ref: null, name: 'py312' } },
    ],
    ['an image without labels', { image: { ...facts.image, labels: {} } }],
    [
      'another architecture',
      { image: { ...facts.image, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } } },
    ],
  ])('is CycloneDX, of %s', async (_name, change) => {
    const bytes = renderSbom(sbomOf({ ...facts, ...change }));
    expect(await sbomProblems(bytes.toString())).toBeNull();
  });

  it('is the same bytes for the same image, whatever order its packages were found in', () => {
    const other = sbomOf({ ...facts, packages: facts.packages.toReversed() });
    expect(renderSbom(other).equals(renderSbom(sbomOf(facts)))).toBe(true);
  });

  it('names no place for a builder in a folder', () => {
    const { components } = sbomOf({ ...facts, builder: { ...facts.builder, ref: null, name: 'py312' } });
    expect(components.find(({ type }) => type === 'container')?.purl).toBe(`pkg:oci/py312@${digest('2')}?arch=amd64`);
  });
});

describe('packagesOf()', () => {
  it('is what the application needs, as it was written', () => {
    const sbom = parseSbom(JSON.parse(renderSbom(sbomOf(facts)).toString()));
    const names = (all: SbomFacts['packages']) => new Set(all.map((one) => one['bom-ref']));
    expect(sbom && names(packagesOf(sbom))).toEqual(names(packages));
    expect(sbom && packagesOf(sbom)).toEqual(expect.arrayContaining([...packages]));
  });

  it.each([
    ['that somebody else made', { metadata: { ...sbomOf(facts).metadata, tools: { components: [{ name: 'syft' }] } } }],
    ['of another version', { specVersion: '1.5' }],
    ['that is none', { bomFormat: 'SPDX' }],
  ])('is of no SBOM %s', (_name, change) => {
    expect(parseSbom({ ...sbomOf(facts), ...change })).toBeUndefined();
  });
});
