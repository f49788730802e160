import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { ToolError } from '../../core/errors.ts';

const LOWEST_PORT = 10_240;
const DEFAULT_EPHEMERAL_START = 32_768;
const ATTEMPTS = 200;
/** Every chosen port takes its neighbourhood out of the range: the last of 400 is found at the third attempt on average. */
const ATTEMPTS_PER_PORT = 20;
/** Spark moves a service whose port is taken up by as many as 16: ports that are further apart never wander into each other. */
export const PORT_SPACING = 20;

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The ports from which fixed ones are chosen: below the ephemeral range, out of which every connection takes one. */
export async function fixedPortRange(): Promise<PortRange> {
  const text = await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').catch(() => '');
  const start = Number.parseInt(text, 10);
  const last =
    (Number.isInteger(start) && start > LOWEST_PORT + 1_000 ? start : DEFAULT_EPHEMERAL_START) - PORT_SPACING;
  return { first: LOWEST_PORT, last };
}

/** `count` ports on 127.0.0.1 that nobody listens on, at least `PORT_SPACING` apart. They are free now, not reserved:
 *  who uses them must cope with one that was taken since. `random` gives numbers in [0, 1).
 *  @throws {ToolError} PORTS_EXHAUSTED after 200 attempts and 20 more a port */
export async function chooseFreePorts(count: number, random: () => number = Math.random): Promise<readonly number[]> {
  const { first, last } = await fixedPortRange();
  const attempts = ATTEMPTS + count * ATTEMPTS_PER_PORT;
  const chosen: number[] = [];
  for (let attempt = 0; attempt < attempts && chosen.length < count; attempt += 1) {
    const port = first + Math.floor(random() * (last - first));
    const apart = chosen.every((other) => Math.abs(other - port) >= PORT_SPACING);
    if (apart && (await isFree(port))) chosen.push(port);
  }
  if (chosen.length < count) {
    throw new ToolError('PORTS_EXHAUSTED', `Cannot find ${count} free ports on 127.0.0.1 between ${first} and ${last}`);
  }
  return chosen;
}

export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
