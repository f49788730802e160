import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { chooseFreePorts, fixedPortRange, isFree, PORT_SPACING } from '../../../../../runtime/platform/local/ports.ts';

describe('chooseFreePorts()', () => {
  it('chooses below the ephemeral range, well apart', async () => {
    const { first, last } = await fixedPortRange();
    const ports = [...(await chooseFreePorts(6))].sort((a, b) => a - b);
    expect(ports[0]).toBeGreaterThanOrEqual(first);
    expect(ports.at(-1)).toBeLessThan(last);
    for (const [index, port] of ports.slice(1).entries()) {
      expect(port - (ports[index] ?? 0)).toBeGreaterThanOrEqual(PORT_SPACING);
    }
  });

  it('passes over a port in use', async () => {
    const { first, last } = await fixedPortRange();
    const server = createServer().listen(first + 500, '127.0.0.1');
    await once(server, 'listening');
    const draws = [500 / (last - first), 900 / (last - first)].values();
    const [port] = await chooseFreePorts(1, () => draws.next().value ?? 0);
    expect(await isFree(first + 500)).toBe(false);
    expect(port).toBe(first + 900);
    server.close();
  });

  it('finds the ports of the largest cluster', async () => {
    expect(new Set(await chooseFreePorts(400)).size).toBe(400);
  });

  it('gives up with PORTS_EXHAUSTED', async () => {
    await expect(chooseFreePorts(2, () => 0.5)).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
  });
});
