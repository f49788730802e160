import { describe, expect, it } from 'vitest';
import { formatPurl, type PackageUrl } from '../../../../../cli/build/sbom/purl.ts';

describe('formatPurl()', () => {
  it.each<readonly [string, PackageUrl]>([
    ['pkg:pypi/numpy@2.0.0', { type: 'pypi', name: 'numpy', version: '2.0.0' }],
    ['pkg:pypi/torch@2.9.1%2Bcpu', { type: 'pypi', name: 'torch', version: '2.9.1+cpu' }],
    ['pkg:pypi/x@1%212.0', { type: 'pypi', name: 'x', version: '1!2.0' }],
    ['pkg:generic/hibana', { type: 'generic', name: 'hibana', version: null }],
    [
      'pkg:maven/org.apache.spark/spark-core_2.13@4.2.1',
      { type: 'maven', namespace: 'org.apache.spark', name: 'spark-core_2.13', version: '4.2.1' },
    ],
    [
      'pkg:oci/app@sha256:ab?arch=arm%2Fv7&repository_url=host:5000%2Fteam%2Fapp',
      {
        ...{ type: 'oci', name: 'app', version: 'sha256:ab' },
        qualifiers: { repository_url: 'host:5000/team/app', arch: 'arm/v7', tag: null },
      },
    ],
    ['pkg:oci/a%20b%2Fc', { type: 'oci', name: 'a b/c', version: null, qualifiers: {} }],
  ])('is %s', (expected, parts) => {
    expect(formatPurl(parts)).toBe(expected);
  });
});
