import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServedRepository } from '../../helpers/git-server.ts';
import type { BenchOptions } from '../bench.ts';
import { type BenchRow, rowOf } from '../rows.ts';
import { runToEnd, type TimedEnd } from '../run-to-end.ts';
import { openWorkshop, type Workshop } from './build-workshop.ts';
import { peakMemoryOf } from './peak-memory.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const MS_PER_SECOND = 1_000;
const MODULES = 200;
/** 52 MB when it is installed. */
const REQUIREMENT = 'numpy==1.26.4';
const BUILDS_AT_ONCE = 10;
const MEBIBYTE = 2 ** 20;

/** From a git URL to a digest in a registry: by hibana, and by s2i followed by docker push; same machine, registry, builder, index and application. */
export async function buildBench({ rounds, signal, say }: BenchOptions): Promise<readonly BenchRow[]> {
  await using workshop = await openWorkshop(say, signal);
  const build: Build = { workshop, signal };
  const cases: Readonly<Record<string, Case>> = {
    first: {
      what: 'first build, builder present',
      target: 0.9,
      before: freshApplication,
      ours: buildOurs,
      rivals: [s2i()],
    },
    unchanged: {
      what: 'nothing changed',
      target: 0.1,
      before: sameApplication,
      ours: buildOurs,
      rivals: [s2i(), s2i('--incremental')],
    },
    line: {
      what: 'one source line',
      target: 0.25,
      before: changedApplication,
      ours: buildOurs,
      rivals: [s2i(), s2i('--incremental')],
    },
    rebase: {
      what: 'builder patched',
      target: 0.15,
      before: sameApplication,
      ours: rebaseOurs,
      rivals: [s2iOnPatched],
    },
  };
  const samples = Object.fromEntries(
    Object.keys(cases).map((name) => [name, { ours: [] as number[], rival: [] as number[] }]),
  );
  let application = await freshApplication(build, 0);
  say('fetches the tools of the build: one that is not counted');
  await buildOurs(build, application);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, { before, ours, rivals }] of Object.entries(cases)) {
      application = await before(build, round, application);
      const one = application;
      const mine = async () => samples[name]?.ours.push((await ours(build, one)).elapsedMs / MS_PER_SECOND);
      const theirs = async () => {
        const times: number[] = [];
        for (const rival of rivals) times.push((await rival(build, one)) / MS_PER_SECOND);
        // Its users may choose: the faster of its ways counts.
        samples[name]?.rival.push(Math.min(...times));
      };
      for (const measure of round % 2 === 1 ? [mine, theirs] : [theirs, mine]) await measure();
      const [our, their] = [samples[name]?.ours.at(-1), samples[name]?.rival.at(-1)];
      say(`round ${round} of ${rounds}, ${name}: ours ${our?.toFixed(2)} s, s2i ${their?.toFixed(2)} s`);
    }
  }
  const rows = Object.entries(cases).map(([name, { what, target }]) => {
    const { ours = [], rival = [] } = samples[name] ?? {};
    const note = 'rival: s2i v1.4.0 and docker push, the faster of plain and incremental';
    return rowOf({ case: what, ours, rival, unit: 's', target, bound: 'ratio', rounds, note });
  });
  return [...rows, await memoryRow(build)];
}

interface Build {
  readonly workshop: Workshop;
  readonly signal: AbortSignal;
}

interface Application {
  readonly repository: ServedRepository;
  /** The name of the image without registry and tag, apart for each way. */
  readonly name: string;
}

interface Case {
  readonly what: string;
  readonly target: number;
  /** `application` is that of the case before it. */
  readonly before: (build: Build, round: number, application: Application) => Promise<Application>;
  readonly ours: (build: Build, application: Application) => Promise<TimedEnd>;
  readonly rivals: readonly ((build: Build, application: Application) => Promise<number>)[];
}

/** A repository and an image that are not known to anybody; of hibana's own cache nothing of an application is left. */
async function freshApplication({ workshop }: Build, round: number): Promise<Application> {
  for (const folder of ['deps', 'resolved', 'imports', 'uv-cache', 'layers']) {
    await rm(join(workshop.home, 'cache', folder), { recursive: true, force: true });
  }
  const name = `app-${round}`;
  return {
    repository: await workshop.server.createRepository(name, { files: sourceFiles(name), at: new Date() }),
    name,
  };
}

async function sameApplication(_build: Build, _round: number, application: Application): Promise<Application> {
  return application;
}

async function changedApplication(_build: Build, round: number, application: Application): Promise<Application> {
  await application.repository.commit({ files: { 'app.py': `${APPLICATION}# round ${round}\n` } });
  return application;
}

const APPLICATION = `from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark.range(100).count())
`;

function sourceFiles(name: string): Readonly<Record<string, string>> {
  const modules = Array.from({ length: MODULES - 2 }, (_, index) => {
    const lines = Array.from({ length: 40 }, (_, line) => `VALUE_${line} = "${name} ${index} ${line * index * 7919}"`);
    return [`modules/module_${index}.py`, `${lines.join('\n')}\n`] as const;
  });
  return { 'app.py': APPLICATION, 'requirements.txt': `${REQUIREMENT}\n`, ...Object.fromEntries(modules) };
}

function buildOurs({ workshop, signal }: Build, { repository, name }: Application): Promise<TimedEnd> {
  const { registry, builders, ourEnv } = workshop;
  const args = ['build', repository.url, '--image', `${registry}/ours/${name}:v1`, '--builder', builders.usual];
  return runToEnd({ file: join(root, 'hibana'), args, env: ourEnv }, signal);
}

function rebaseOurs({ workshop, signal }: Build, { name }: Application): Promise<TimedEnd> {
  const { registry, builders, ourEnv } = workshop;
  const image = `${registry}/ours/${name}`;
  const args = ['rebase', `${image}:v1`, '--base', builders.patched, '--tag', 'patched'];
  return runToEnd({ file: join(root, 'hibana'), args, env: ourEnv }, signal);
}

const s2i =
  (...flags: readonly string[]) =>
  (build: Build, application: Application): Promise<number> =>
    buildByS2i(build, application, { builder: build.workshop.builders.usual, tag: 'v1', flags });

const s2iOnPatched = (build: Build, application: Application): Promise<number> =>
  buildByS2i(build, application, {
    builder: build.workshop.builders.patched,
    tag: 'patched',
    flags: ['--incremental'],
  });

interface S2iBuild {
  readonly builder: string;
  readonly tag: string;
  readonly flags: readonly string[];
}

async function buildByS2i(
  { workshop, signal }: Build,
  { repository, name }: Application,
  { builder, tag, flags }: S2iBuild,
): Promise<number> {
  const { registry, s2i: program, s2iEnv: env, indexUrl } = workshop;
  const image = `${registry}/theirs/${name}:${tag}`;
  const options = ['--pull-policy', 'never', '--network', 'host', '-e', `UV_DEFAULT_INDEX=${indexUrl}`, ...flags];
  const built = await runToEnd(
    { file: program, args: ['build', ...options, repository.url, builder, image], env },
    signal,
  );
  const pushed = await runToEnd({ file: 'docker', args: ['push', '--quiet', image], env }, signal);
  return built.elapsedMs + pushed.elapsedMs;
}

async function memoryRow(build: Build): Promise<BenchRow> {
  const applications: Application[] = [];
  for (let index = 0; index < BUILDS_AT_ONCE; index += 1)
    applications.push(await freshApplication(build, 1_000 + index));
  const builds = Promise.all(applications.map((application) => buildOurs(build, application)));
  const peak = await peakMemoryOf(build.workshop.home, builds);
  const note = 'all their processes at the highest moment, what they share counted once';
  const ours = [peak / MEBIBYTE];
  return rowOf({ case: 'ten builds at once', ours, rival: [], unit: 'MiB', target: 1_536, rounds: 1, note });
}
