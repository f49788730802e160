import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Home, makeHome } from './cli.ts';
import { type DockerDaemon, startDocker } from './docker.ts';

/** What there is while a test of the suite runs. */
export interface DockerSuite {
  readonly daemon: DockerDaemon;
  /** Empty at first. */
  readonly folder: string;
  readonly home: Home;
}

/** A Docker daemon for all tests of the suite that calls it, and for each of them a folder and a home, which are deleted after it. */
export function dockerSuite(prefix: string): DockerSuite {
  let daemon: DockerDaemon | undefined;
  let own: Omit<DockerSuite, 'daemon'> | undefined;
  beforeAll(async () => {
    daemon = await startDocker();
  });
  afterAll(() => daemon?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    own = { folder: await mkdtemp(join(tmpdir(), prefix)), home: await makeHome() };
  });
  afterEach(async () => {
    await own?.home[Symbol.asyncDispose]();
    await rm(own?.folder ?? '', { recursive: true, force: true });
  });
  return {
    get daemon() {
      return started(daemon);
    },
    get folder() {
      return started(own).folder;
    },
    get home() {
      return started(own).home;
    },
  };
}

function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no test of the suite runs yet');
  return value;
}
