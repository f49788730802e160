import { join } from 'node:path';
import { createFileStore } from '../../../cli/deploy/file-store.ts';
import { runFor } from '../../helpers/deployment-records.ts';
import { dockerRevisionFor } from '../../helpers/docker-revision.ts';
import type { DockerWorkshop } from '../../helpers/docker-workshop.ts';
import type { BenchOptions } from '../bench.ts';
import { type BenchRow, rowOf } from '../rows.ts';
import { runToEnd } from '../run-to-end.ts';
import { makeServiceByHand } from './service-by-hand.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const IMAGE = 'localhost/pi-flask:bench';
const PORTS = { ours: 18_191, theirs: 18_192 } as const;
const REVISIONS = 1_000;
const MS_PER_SECOND = 1_000;
const ROLLBACK_TARGET = 1.2;
const LOOK_TARGET_S = 0.25;

export interface DeploymentsPlace {
  readonly workshop: DockerWorkshop;
  readonly builder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** `rollback` of a service beside its containers stopped and started by hand, with the same health check; and looking at what has many revisions. */
export async function deploymentsBench(
  { workshop, builder, env }: DeploymentsPlace,
  { rounds, signal, say }: BenchOptions,
): Promise<readonly BenchRow[]> {
  const hibana = async (...args: readonly string[]): Promise<number> =>
    (await runToEnd({ file: join(root, 'hibana'), args, env, cwd: root }, signal)).elapsedMs;
  const { address, docker } = workshop;
  await hibana('build', 'pi-flask', '--builder', builder, '--load', '--image', IMAGE);
  const { Id: id } = await docker.getImage(IMAGE).inspect();
  const where = ['--bind', address, '--port', String(PORTS.ours), '--health-path', '/healthz', '--workers', '1'];
  say('deploys a service, and makes the same by hand');
  await hibana('deploy', id, '--name', 'pi', ...where);
  await hibana('deploy', id, '--name', 'pi', ...where, '-e', 'COLOUR=blue');
  const subnet = address.replace(/^10\.231\.(\d+)\.\d+$/, '10.232.$1.240/28');
  await using byHand = await makeServiceByHand(
    {
      ...{ image: IMAGE, env, address, port: PORTS.theirs, healthPath: '/healthz', subnet },
      program: ['/opt/app-root/src/app.py'],
    },
    signal,
  );
  const samples = { ours: [] as number[], hand: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    const measures = [
      async () => void samples.ours.push((await hibana('rollback', 'pi')) / MS_PER_SECOND),
      async () => void samples.hand.push((await byHand.restart(signal)) / MS_PER_SECOND),
    ];
    for (const measure of round % 2 === 1 ? measures : measures.toReversed()) await measure();
    const [ours, hand] = [samples.ours, samples.hand].map((list) => list.at(-1)?.toFixed(2));
    say(`round ${round} of ${rounds}: rollback ${ours} s, by hand ${hand} s`);
  }
  await hibana('delete', 'pi');
  const look = await lookSamples(workshop, rounds, hibana);
  const note = 'rival: docker stop, docker start of the same containers, until /healthz answers';
  return [
    rowOf({
      ...{ case: 'rollback of a service', ours: samples.ours, rival: samples.hand, unit: 's', note, rounds },
      ...{ target: ROLLBACK_TARGET, bound: 'ratio' },
    }),
    ...(['status', 'list'] as const).map((verb) =>
      rowOf({
        ...{ case: `${verb}, ${REVISIONS} revisions`, ours: look[verb], rival: [], unit: 's', target: LOOK_TARGET_S },
        ...{ rounds, note: 'the whole command' },
      }),
    ),
  ];
}

async function lookSamples(
  { home }: DockerWorkshop,
  rounds: number,
  hibana: (...args: readonly string[]) => Promise<number>,
): Promise<{ readonly status: readonly number[]; readonly list: readonly number[] }> {
  const store = createFileStore(home.stateFolder);
  for (let revision = 1; revision <= REVISIONS; revision += 1) {
    const startedAt = new Date(Date.UTC(2026, 0, 1) + revision * MS_PER_SECOND).toISOString();
    await store.put(dockerRevisionFor({ revision }), 'new');
    await store.put(runFor({ revision, run: `etl-${revision}`, startedAt }), 'new');
  }
  const [status, list]: [number[], number[]] = [[], []];
  await hibana('list');
  for (let round = 0; round < rounds; round += 1) {
    status.push((await hibana('status', 'etl')) / MS_PER_SECOND);
    list.push((await hibana('list')) / MS_PER_SECOND);
  }
  return { status, list };
}
