import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliEnd } from '../../helpers/cli.ts';
import { debianBase } from '../../helpers/debian-base.ts';
import { openDockerWorkshop } from '../../helpers/docker-workshop.ts';
import type { BenchOptions } from '../bench.ts';
import { type BenchRow, rowOf } from '../rows.ts';
import { type BenchCommand, runToEnd } from '../run-to-end.ts';
import { type HandMade, runByHand } from './by-hand.ts';
import { deploymentsBench } from './deployments-bench.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const IMAGE = 'localhost/pi:bench';
const SLICES = ['--slices', '2'];
const MS_PER_SECOND = 1_000;
const TARGET = 0.6;

/** `run --platform docker`, beside the same containers by hand: one daemon, the same Spark, program, slices and workers. */
export async function dockerBench({ rounds, signal, say }: BenchOptions): Promise<readonly BenchRow[]> {
  await using open = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'hibana-bench-docker-'));
  open.defer(() => rm(folder, { recursive: true, force: true }));
  say("starts a daemon, and makes the builder, the application's image and hibana's own");
  const workshop = open.use(await openDockerWorkshop());
  const builder = `oci:${folder}/builder:v1`;
  mustSucceed(
    await workshop.run('builder', 'build', 'python', '--base', `oci:${await debianBase()}:base`, '--to', builder),
  );
  mustSucceed(await workshop.run('build', 'pi', '--builder', builder, '--load', '--image', IMAGE));
  const { Id: id } = await workshop.docker.getImage(IMAGE).inspect();
  const { HIBANA_HOME: _own, ...inherited } = process.env;
  const env = { ...inherited, ...workshop.home.env, ...workshop.env, HIBANA_BUILDER: builder, CI: 'true' };
  const ours = (source: string): BenchCommand => ({
    file: join(root, 'hibana'),
    args: ['run', source, '--platform', 'docker', '--', ...SLICES],
    ...{ env, cwd: root },
  });
  const byHand: HandMade = {
    ...{ image: IMAGE, env: { ...inherited, DOCKER_HOST: workshop.env.DOCKER_HOST }, output: 'Pi is roughly 3.' },
    program: ['/opt/app-root/src/app.py', ...SLICES],
  };
  say('warms up: one of each that is not counted');
  await runToEnd(ours('pi'), signal);
  await runByHand(byHand, signal);

  const samples = { source: [] as number[], image: [] as number[], hand: [] as number[] };
  for (let round = 1; round <= rounds; round += 1) {
    const measures = [
      async () => void samples.source.push((await runToEnd(ours('pi'), signal)).elapsedMs / MS_PER_SECOND),
      async () => void samples.hand.push((await runByHand(byHand, signal)) / MS_PER_SECOND),
      async () => void samples.image.push((await runToEnd(ours(id), signal)).elapsedMs / MS_PER_SECOND),
    ];
    // Whoever is second finds a machine that somebody else has just used: they take turns.
    for (const measure of round % 2 === 1 ? measures : measures.toReversed()) await measure();
    const [source, image, hand] = [samples.source, samples.image, samples.hand].map((list) => list.at(-1)?.toFixed(2));
    say(`round ${round} of ${rounds}: run pi ${source} s, run its image ${image} s, by hand ${hand} s`);
  }
  const note = 'rival: docker network create, run, spark-submit, rm; images present';
  const common = { rival: samples.hand, unit: 's', target: TARGET, bound: 'ratio', rounds, note } as const;
  return [
    rowOf({ case: 'run pi --platform docker', ours: samples.source, ...common }),
    rowOf({ case: 'run sha256:… --platform docker', ours: samples.image, ...common }),
    ...(await deploymentsBench({ workshop, builder, env }, { rounds, signal, say })),
  ];
}

function mustSucceed({ status, stderr }: CliEnd): void {
  if (status !== 0) throw new Error(stderr);
}
