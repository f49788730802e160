import type { LockedJar } from '../../jars/jar-lock.ts';
import type { Distribution, Inventory } from '../inventory.ts';
import { formatPurl } from './purl.ts';
import type { SbomComponent } from './sbom-document.ts';

/** The packages of an application as components, those for Python and those for the JVM. */
export function packageComponents({ distributions, jars }: Inventory): readonly SbomComponent[] {
  return [...distributions.map(pythonComponent), ...jars.map(jarComponent)];
}

/** A lock names all files of a release. One is the package's; of several nobody says which was taken, so they are those of its distribution. */
function pythonComponent({ name, version, sha256 }: Distribution): SbomComponent {
  const hashes = sha256.map((content) => ({ alg: 'SHA-256' as const, content }));
  // What comes from a URL is none of the index.
  if (version === null) return { type: 'library', 'bom-ref': name, name, ...(hashes.length === 1 && { hashes }) };
  const purl = formatPurl({ type: 'pypi', name, version });
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    ...(hashes.length === 1 && { hashes }),
    purl,
    ...(hashes.length > 1 && { externalReferences: [{ type: 'distribution', url: purl, hashes }] }),
  };
}

function jarComponent({ group, artifact: name, version, classifier, sha256 }: LockedJar): SbomComponent {
  const purl = formatPurl({ type: 'maven', namespace: group, name, version, qualifiers: { classifier } });
  return {
    type: 'library',
    'bom-ref': purl,
    group,
    name,
    version,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
    purl,
  };
}
