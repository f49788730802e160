import { lookup as lookupHost } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { ToolError } from '../../../runtime/core/errors.ts';

/** All addresses of a host name; rejects for one that is not known. */
export type Lookup = (hostname: string) => Promise<readonly string[]>;

/** Who may talk to an address: everybody, or those on the same network, link or machine. */
export type Reach = 'public' | 'private' | 'link-local' | 'loopback';

export const systemLookup: Lookup = async (hostname) =>
  (await lookupHost(hostname, { all: true })).map(({ address }) => address);

/** Refuses where a registry must not send us (`Location`, `realm`, a redirect): to plain http from https, and from outside to what only this
 *  machine, its link or its network can reach. A name that nobody knows passes: a proxy may know it.
 *  @throws {ToolError} REGISTRY_REFUSED */
export async function checkTarget(target: URL, registry: URL, lookup: Lookup): Promise<void> {
  if (target.protocol !== 'https:' && target.protocol !== 'http:') throw refused(target, registry, 'that is no https');
  if (target.protocol === 'http:' && registry.protocol === 'https:') {
    throw refused(target, registry, 'that is plain http');
  }
  if (target.hostname === registry.hostname) return;
  const reaches = await reachesOf(target, lookup);
  const narrow = [...reaches].filter((reach) => reach !== 'public');
  if (narrow.length === 0) return;
  const own = await reachesOf(registry, lookup);
  if (own.has('loopback')) own.add('private');
  if (narrow.some((reach) => !own.has(reach))) throw refused(target, registry, `its address is ${narrow.join(', ')}`);
}

/** Whether a host is this machine, by its name alone. */
export function isLoopback({ hostname }: URL): boolean {
  const host = bare(hostname);
  return host === 'localhost' || host.endsWith('.localhost') || (isIP(host) > 0 && reachOf(host) === 'loopback');
}

export function reachOf(address: string): Reach {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return RANGES.find(([, list]) => list.check(address, family))?.[0] ?? 'public';
}

async function reachesOf(url: URL, lookup: Lookup): Promise<Set<Reach>> {
  if (isLoopback(url)) return new Set(['loopback']);
  const host = bare(url.hostname);
  const addresses = isIP(host) > 0 ? [host] : await lookup(host).catch(() => []);
  return new Set(addresses.map(reachOf));
}

/** A URL has brackets around an IPv6 address, and may have a dot at the end of a name. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$|\.$/g, '');
}

const RANGES: readonly (readonly [Reach, BlockList])[] = [
  ['loopback', blockList(['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'])],
  ['link-local', blockList(['169.254.0.0/16', 'fe80::/10'])],
  ['private', blockList(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'])],
];

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

function refused(target: URL, registry: URL, why: string): ToolError {
  return new ToolError(
    'REGISTRY_REFUSED',
    `Cannot go where registry "${registry.host}" sends, to "${target.protocol}//${target.host}": ${why}`,
    { details: { host: registry.host, target: target.host }, hint: 'Ask who runs the registry to correct its address' },
  );
}
