import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';
import { type Addresses, addressesOf, freeNumbers } from './addresses.ts';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'enclosure');
const LOCK = join(tmpdir(), 'hibana-kubernetes');
const PREFIX = `${LOCK}-`;
const END_WITHIN_MS = 30_000;

/** Namespaces of a cluster's own, and a folder: what runs in them, listens there or is mounted there is nothing of this machine's. */
export interface Enclosure extends AsyncDisposable {
  readonly folder: string;
  readonly addresses: Addresses;
  /** What to put before a command that is to run in it. */
  readonly enter: readonly string[];
}

/** Opens one, whose addresses this machine reaches; those that were left by processes that were killed are removed first. It ends with this
 *  process, however that ends, and takes everything in it along. */
export async function openEnclosure(pause: string): Promise<Enclosure> {
  const release = await lock(LOCK, { realpath: false, stale: 20_000, retries: { retries: 60, maxTimeout: 1_000 } });
  try {
    for (const folder of globSync(`${PREFIX}*/`)) await removeEnclosure(folder);
    const { stdout: routes } = await run('ip', ['route', 'show', 'table', 'all']);
    for (const number of freeNumbers(routes, process.pid)) {
      const folder = `${PREFIX}${number}`;
      const isOurs = await mkdir(folder, { mode: 0o700 }).then(() => true, isTaken);
      if (isOurs) return await hold(folder, addressesOf(number), pause);
    }
  } finally {
    await release();
  }
  throw new Error('There is no room for one more cluster: every range of 10.233.0.0/16 is taken, see "ip route"');
}

/** One that is held by a process stays. */
async function removeEnclosure(folder: string): Promise<void> {
  await run(SCRIPT, ['remove', folder.replace(/\/$/, '')]).catch(() => {});
}

function isTaken(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
  throw error;
}

async function hold(folder: string, addresses: Addresses, pause: string): Promise<Enclosure> {
  // Nothing that a terminal sends to all that run in it is for this one: it has to outlive them.
  const holder = spawn(SCRIPT, ['hold', folder, pause], { detached: true });
  const ended = once(holder, 'close');
  const said = text(holder.stderr);
  const end = async (): Promise<void> => {
    holder.stdin.end();
    const timeout = setTimeout(() => holder.kill('SIGKILL'), END_WITHIN_MS);
    await ended;
    clearTimeout(timeout);
    // Where it was killed before it could.
    await removeEnclosure(folder);
  };
  try {
    const isOpen = once(holder.stdout.setEncoding('utf8'), 'data').then(([line]) => String(line).trim());
    const pid = await Promise.race([isOpen, ended.then(() => undefined)]);
    if (pid === undefined) throw new Error(`Cannot make namespaces for a cluster: ${await said}`);
    await connect(pid, addresses);
    const enter = ['nsenter', `--target=${pid}`, '--net', '--mount', '--pid', '--'];
    return { folder, addresses, enter, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A link between this machine and the namespaces. There is no way from them to anywhere else. */
async function connect(pid: string, { link, host, node, pods, services }: Addresses): Promise<void> {
  const ip = (...args: readonly string[]): Promise<unknown> => run('ip', [...args]);
  const inside = (...args: readonly string[]): Promise<unknown> =>
    run('nsenter', [`--target=${pid}`, '--net', 'ip', ...args]);
  await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid);
  await ip('address', 'add', `${host}/30`, 'dev', link);
  await ip('link', 'set', link, 'up');
  await inside('address', 'add', `${node}/30`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  // What the node itself sends to a service is given another address only after a way to it is found.
  await inside('route', 'add', services, 'dev', 'eth0');
  for (const range of [pods, services]) await ip('route', 'add', range, 'via', node);
}
