import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Properties, parseProperties } from '../../../../../runtime/core/properties.ts';
import { GIBIBYTE } from '../../../../../runtime/core/quantity.ts';
import { prepareDriver } from '../../../../../runtime/platform/local/prepare-driver.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { launchRequestFor } from '../../../../helpers/requests.ts';

interface Prepared {
  readonly properties: Properties;
  readonly url: string | null;
}

/** A driver on a master that is somebody else's, for an application with this spark-defaults.conf. */
async function prepareOn(master: string, sparkDefaults: string): Promise<Prepared> {
  const folder = await mkdtemp(join(tmpdir(), 'hibana-driver-'));
  await mkdir(join(folder, 'spark-conf'));
  await writeFile(join(folder, 'spark-conf', 'spark-defaults.conf'), sparkDefaults);
  const share = { executors: 1, executor: { millicores: 1_000, memoryBytes: GIBIBYTE } };
  const known = { webUi: null, secretFile: null, pythonPath: [], python: null };
  const request = launchRequestFor({ cluster: { kind: 'url', master, share, ...known }, layout: { app: folder } });
  const cluster = { name: master, master, webUi: null, secret: null, spark: null };
  try {
    const folders = { leaseDirectory: folder, stateFolder: folder, env: {} };
    const { url } = await prepareDriver(request, cluster, folders, testCtx());
    return { url, properties: parseProperties(await readFile(join(folder, 'scratch', 'driver.conf'), 'utf8')) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('prepareDriver()', () => {
  it('has executors call back at the address from which any of several masters is reached', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Every address of this machine, and none that is known to be of this machine alone.
    const master = `spark://0.0.0.0:1,0.0.0.0:${(server.address() as AddressInfo).port}`;
    const { properties } = await prepareOn(master, '');
    server.close();
    expect(properties['spark.driver.host']).toBe('127.0.0.1');
  });

  it.each([
    ['', '127.0.0.1', '127.0.0.1'],
    ['spark.driver.host gateway.example', 'gateway.example', '0.0.0.0'],
  ])('listens on all addresses where spark-defaults.conf names another: "%s"', async (sparkDefaults, host, bind) => {
    const { properties } = await prepareOn('spark://127.0.0.1:1', sparkDefaults);
    expect(properties).toMatchObject({ 'spark.driver.host': host, 'spark.driver.bindAddress': bind });
  });

  it('says where its executors call it', async () => {
    const { url, properties } = await prepareOn('spark://127.0.0.1:1', 'spark.driver.host gateway.example');
    expect(url).toBe(`spark://CoarseGrainedScheduler@gateway.example:${properties['spark.driver.port']}`);
  });

  it('cannot say so of a port that the application asks for, which somebody else may have', async () => {
    expect(await prepareOn('spark://127.0.0.1:1', 'spark.driver.port 7001')).toMatchObject({
      url: null,
      properties: { 'spark.driver.port': '7001' },
    });
  });
});
