import { describe, expect, it } from 'vitest';
import { checkTarget, reachOf } from '../../../../../cli/image/registry/host-guard.ts';

const HOSTS: Readonly<Record<string, readonly string[]>> = {
  'registry.example': ['203.0.113.5'],
  'cdn.example': ['198.51.100.9'],
  'registry.corp': ['10.1.2.3'],
  'auth.corp': ['10.9.9.9'],
  'rebound.example': ['198.51.100.9', '10.0.0.1'],
};
const lookup = async (hostname: string): Promise<readonly string[]> => {
  const addresses = HOSTS[hostname];
  if (!addresses) throw Object.assign(new Error('not known'), { code: 'ENOTFOUND' });
  return addresses;
};

describe('checkTarget()', () => {
  it.each([
    ['https://registry.example', 'https://registry.example/x'],
    ['https://registry.example', 'https://registry.example:8443/token'],
    ['https://registry.example', 'https://cdn.example/x'],
    ['https://registry.example', 'https://198.51.100.9/x'],
    ['https://registry.example', 'https://only-the-proxy-knows.example/x'],
    ['https://registry.corp', 'https://auth.corp/token'],
    ['https://registry.corp', 'https://cdn.example/x'],
    ['https://registry.corp', 'https://192.168.0.1/x'],
    ['https://10.0.0.5:5000', 'https://10.0.0.6/x'],
    ['http://registry.corp:5000', 'http://auth.corp/token'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
    ['http://localhost:5000', 'http://127.0.0.1:5001/token'],
    ['http://localhost:5000', 'http://10.0.0.6/x'],
    ['https://127.0.0.1:5000', 'https://cdn.example/x'],
  ])('lets %s send us to %s', async (registry, target) => {
    await checkTarget(new URL(target), new URL(registry), lookup);
  });

  it.each([
    ['https://registry.example', 'http://registry.example/x'],
    ['https://registry.example', 'http://cdn.example/x'],
    ['https://127.0.0.1:5000', 'http://127.0.0.1:5001/token'],
    ['https://registry.example', 'ftp://registry.example/x'],
    ['https://registry.example', 'file:///etc/passwd'],
    ['https://registry.example', 'https://10.0.0.1/x'],
    ['https://registry.example', 'https://172.31.255.255/x'],
    ['https://registry.example', 'https://192.168.1.1/x'],
    ['https://registry.example', 'https://100.64.0.1/x'],
    ['https://registry.example', 'https://127.0.0.1/x'],
    ['https://registry.example', 'https://localhost/x'],
    ['https://registry.example', 'https://anything.localhost/x'],
    ['https://registry.example', 'https://0.0.0.0/x'],
    ['https://registry.example', 'https://2130706433/x'],
    ['https://registry.example', 'https://[::1]/x'],
    ['https://registry.example', 'https://[::ffff:10.0.0.1]/x'],
    ['https://registry.example', 'https://[fd00::1]/x'],
    ['https://registry.example', 'https://[fe80::1]/x'],
    ['https://registry.example', 'https://auth.corp/x'],
    ['https://registry.example', 'https://rebound.example/x'],
    ['https://registry.corp', 'https://127.0.0.1/x'],
    ['https://registry.corp', 'https://169.254.169.254/latest'],
    ['http://127.0.0.1:5000', 'http://169.254.169.254/latest'],
    ['https://only-the-proxy-knows.example', 'https://10.0.0.1/x'],
  ])('does not let %s send us to %s', async (registry, target) => {
    await expect(checkTarget(new URL(target), new URL(registry), lookup)).rejects.toMatchObject({
      code: 'REGISTRY_REFUSED',
    });
  });
});

describe('reachOf()', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['172.32.0.1', 'public'],
    ['2001:db8::1', 'public'],
    ['127.1.2.3', 'loopback'],
    ['::1', 'loopback'],
    ['fd12::1', 'private'],
    ['169.254.1.1', 'link-local'],
  ])('%s is %s', (address, reach) => expect(reachOf(address)).toBe(reach));
});
