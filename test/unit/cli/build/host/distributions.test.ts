import { describe, expect, it } from 'vitest';
import { distributionsOf } from '../../../../../cli/build/host/distributions.ts';
import { dependencyNames } from '../../../../../cli/build/inventory.ts';

const [A, B] = ['a', 'b'].map((sign) => sign.repeat(64));
const builder = (architecture = 'amd64') => ({ facts: { python: '3.12' }, platform: { os: 'linux', architecture } });
const LOCK = `--index-url https://index.example/simple
pyspark==4.2.1
Zope.Interface==7.0 \\
    --hash=sha256:${B} \\
    --hash=sha256:${A}
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:${A}
greenlet==3.1.1 ; platform_machine == 'aarch64' or platform_machine == 'x86_64' \\
    --hash=sha256:${A}
uvloop==0.21.0 ; platform_machine == 'aarch64'
requests[socks]===2.32.0
local @ https://host.example/local.whl;x ; sys_platform == 'win32'
own @ https://host.example/own.whl;x
`;

describe('distributionsOf()', () => {
  it('is what the lock installs for the builder, with the hashes of its files', () => {
    expect(distributionsOf(LOCK, builder())).toEqual([
      { name: 'zope-interface', version: '7.0', sha256: [A, B] },
      { name: 'greenlet', version: '3.1.1', sha256: [A] },
      { name: 'requests', version: '2.32.0', sha256: [] },
      { name: 'own', version: null, sha256: [] },
    ]);
  });

  it('is other packages on another machine', () => {
    const names = distributionsOf(LOCK, builder('arm64')).map(({ name }) => name);
    expect(names).toEqual(['zope-interface', 'greenlet', 'uvloop', 'requests', 'own']);
  });
});

describe('dependencyNames()', () => {
  it('are those with a version, in their order', () => {
    expect(dependencyNames(distributionsOf(LOCK, builder()))).toEqual([
      'greenlet==3.1.1',
      'requests==2.32.0',
      'zope-interface==7.0',
    ]);
  });
});
