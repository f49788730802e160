import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProperties } from '../../../../../runtime/core/properties.ts';
import { GIBIBYTE } from '../../../../../runtime/core/quantity.ts';
import { prepareDriver } from '../../../../../runtime/platform/local/prepare-driver.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { launchRequestFor } from '../../../../helpers/requests.ts';

const share = { executors: 1, executor: { millicores: 1_000, memoryBytes: GIBIBYTE } };

describe('prepareDriver()', () => {
  it('has executors call back at the address from which any of several masters is reached', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hibana-driver-'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      // Every address of this machine, and none that is known to be of this machine alone.
      const master = `spark://0.0.0.0:1,0.0.0.0:${(server.address() as AddressInfo).port}`;
      const known = { webUi: null, secretFile: null, pythonPath: [], python: null };
      const request = launchRequestFor({ cluster: { kind: 'url', master, share, ...known } });
      const cluster = { name: master, master, webUi: null, secret: null, spark: null };
      await prepareDriver(request, cluster, { leaseDirectory: folder, stateFolder: folder, env: {} }, testCtx());
      const properties = parseProperties(await readFile(join(folder, 'scratch', 'driver.conf'), 'utf8'));
      expect(properties['spark.driver.host']).toBe('127.0.0.1');
    } finally {
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
