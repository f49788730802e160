import type { Revision } from '../../cli/deploy/records.ts';
import { revisionFor } from './deployment-records.ts';
import { launchRequestFor } from './requests.ts';

const ID = `sha256:${'a'.repeat(64)}`;

/** A whole revision in Docker, from the parts that a test cares about. */
export function dockerRevisionFor(over: Partial<Revision> = {}): Revision {
  const { layout } = launchRequestFor();
  const sparkConf = { folder: null, defaults: {}, hasLog4j: false };
  const daemon = { id: ID, key: 'plan', user: { uid: 1001, gid: 0 }, layout, python: '3.12', sparkConf };
  return revisionFor({
    platform: 'docker',
    artifact: { kind: 'image', image: 'localhost/hibana-deploy/etl:abc', daemon },
    docker: { socket: '/run/docker.sock', bind: '127.0.0.1', network: null, launcher: { named: null, id: ID } },
    ...over,
  });
}
