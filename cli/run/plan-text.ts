import type { BuildPlan } from '../../builder-images/builder.ts';
import { redact } from '../../runtime/core/errors.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import { formatMemory } from '../../runtime/core/quantity.ts';
import type { Settings } from '../config/settings.ts';
import { type PlanOrigin, planOrigins } from './plan-origins.ts';
import { hasWorkers, targetText } from './target-text.ts';

export interface Planned {
  readonly commit: string | null;
  /** What was opened, for people: `main @ 3f2c1ab "Fix the join"`. Default none. */
  readonly description?: string;
  /** Where the application is in it, and the plan's paths begin; default and `null` are its root. */
  readonly contextDir?: string | null;
  readonly plan: BuildPlan;
  readonly settings: Settings;
  /** Its spark-defaults.conf. */
  readonly sparkDefaults: Properties;
}

/** A plan for people: a line a fact, with where each value came from. */
export function describePlanText({ commit, description, contextDir, plan, settings, sparkDefaults }: Planned): string {
  const { app } = plan;
  const { cluster, submit } = settings;
  const origins = planOrigins(plan, settings, sparkDefaults);
  const from: From = (path) => describeOrigin(path, origins[path], plan);
  const target = cluster.target === null ? 'one of its own' : targetText(cluster.target);
  const lines: readonly (readonly [string, string | readonly string[] | null])[] = [
    ['application', together(['name', 'kind'], from, (of) => `${app.name}${of('name')}, a ${app.kind}${of('kind')}`)],
    ['source', description ?? null],
    ['commit', commit],
    ['folder', contextDir ?? null],
    ['builder', plan.builder],
    ['entry', describeEntry(app, from)],
    ['Spark', `${app.spark}${from('spark')}`],
    ['Python', app.language === 'python' ? `${plan.python ?? 'that of this machine'}${from('python')}` : null],
    ['cluster', `${target}${from('cluster.attach')}`],
    ['workers', hasWorkers(cluster.target) ? describeWorkers(cluster, from) : null],
    ['files', describeFiles(app.jars, submit, from)],
    ['dependencies', describeDependencies(plan, settings.resolveAt, from)],
    ['packages', describeLists(ownFirst(app.packages, submit.packages, from('packages')))],
    ['extras', settings.extras.length === 0 ? null : `${settings.extras.join(' ')}${from('extras')}`],
    ['properties', describeProperties({ ...sparkDefaults, ...app.conf, ...submit.conf }, from)],
    ['arguments', describeLists(ownFirst(app.args.map(quoted), submit.args.map(quoted), from('args')))],
    ['environment', describeNames(Object.keys({ ...app.env, ...submit.env }), 'env', from)],
    ['secrets', describeNames(Object.keys(submit.secrets), 'secrets', from)],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines
    .flatMap(([label, said]) =>
      [said ?? []].flat().map((text, index) => `${(index === 0 ? label : '').padEnd(width)}  ${redact(text)}`),
    )
    .join('\n');
}

/** What follows the value of a path. */
type From = (path: string) => string;
/** Values with what follows them. */
type Lists = readonly { readonly values: readonly string[]; readonly origin: string }[];

function describeOrigin(path: string, origin: PlanOrigin | undefined, { sparkFrom }: BuildPlan): string {
  if (origin === undefined) return '';
  if (origin !== 'source') return ` (${ORIGINS[origin]})`;
  if (path === 'spark') return ` (from ${sparkFrom})`;
  return path.startsWith('conf.') ? ' (from spark-conf/spark-defaults.conf)' : ' (found in the source)';
}

const ORIGINS = {
  flag: 'by flag',
  environment: 'from the environment',
  project: 'from hibana.yaml',
  user: 'from your own hibana.yaml',
  default: 'default',
} as const;

/** Says an origin that all values of a line share once, at its end. */
function together(paths: readonly string[], from: From, say: (of: From) => string): string {
  const [first = '', ...others] = new Set(paths.map(from));
  return others.length === 0 ? `${say(() => '')}${first}` : say(from);
}

function describeEntry({ entry, mainClass }: BuildPlan['app'], from: From): string {
  if (mainClass === null) return `${entry}${from('main')}`;
  return together(['main', 'mainClass'], from, (of) => `${entry}${of('main')}, ${mainClass}${of('mainClass')}`);
}

function describeWorkers({ workers, worker }: Settings['cluster'], from: From): string {
  const cores = worker.millicores / 1_000;
  const [count, size, memory] = ['cluster.workers', 'cluster.worker.cores', 'cluster.worker.memory'] as const;
  return together([count, size, memory], from, (of) => {
    const each = `${cores} ${cores === 1 ? 'core' : 'cores'}${of(size)} and ${formatMemory(worker.memoryBytes)}`;
    return `${workers}${of(count)}, ${each}${of(memory)} each`;
  });
}

function describeFiles(ownJars: readonly string[], submit: Settings['submit'], from: From): readonly string[] {
  const others = (['pyFiles', 'files'] as const).map((path) => ({ values: submit[path], origin: from(path) }));
  return describeLists([...ownFirst(ownJars, submit.jars, from('jars')), ...others]);
}

/** Those of the files go before those of the run: where there are some of the run, the origin is theirs. */
function ownFirst(own: readonly string[], added: readonly string[], origin: string): Lists {
  return [
    { values: own, origin: added.length === 0 ? origin : ` (${ORIGINS.project})` },
    { values: added, origin },
  ];
}

function describeNames(names: readonly string[], map: string, from: From): readonly string[] {
  const groups = Map.groupBy(names, (name) => from(`${map}.${name}`));
  return describeLists([...groups].map(([origin, values]) => ({ values, origin })));
}

function describeLists(lists: Lists): readonly string[] {
  return lists.filter(({ values }) => values.length > 0).map(({ values, origin }) => `${values.join(' ')}${origin}`);
}

function quoted(argument: string): string {
  return JSON.stringify(argument);
}

function describeProperties(conf: Properties, from: From): readonly string[] {
  return Object.entries(shownProperties(conf)).map(([key, value]) => `${key}=${value}${from(`conf.${key}`)}`);
}

/** A plan goes into logs: what Spark itself would not show there is masked, by its key or by what its value speaks of, and so are all variables, and
 *  logins in URLs. Source: Spark's Utils.redact, and its default for spark.redaction.regex. */
export function shownProperties(conf: Properties): Properties {
  const isSecret = (key: string, value: string): boolean =>
    VARIABLE.test(key) || SECRET.test(key) || SECRET.test(value);
  return Object.fromEntries(
    Object.entries(conf).map(([key, value]) => [key, isSecret(key, value) ? '***' : redact(value)]),
  );
}

const SECRET = /secret|password|token|access\.?key/i;
/** Properties that are the variables of a process. Source: https://spark.apache.org/docs/latest/configuration.html and those of YARN and Kubernetes */
const VARIABLE = /^spark\.(?:executorEnv|yarn\.appMasterEnv|kubernetes\.(?:driver|executor)Env)\./;

function describeDependencies(
  { dependencies }: BuildPlan,
  resolveAt: Settings['resolveAt'],
  from: From,
): string | null {
  if (dependencies === null) return null;
  const files = dependencies.files.join(', ');
  if (dependencies.kind === 'uv-lock') return `locked in ${files}`;
  const count = dependencies.requirements.split('\n').filter((line) => /^[^#\s-]/.test(line)).length;
  if (dependencies.requireHashes) return `${count} from ${files}, with hashes`;
  const time = resolveAt.kind === 'date' ? resolveAt.text : resolveAt.kind === 'now' ? 'now' : 'the commit';
  return `${count} from ${files}, as of ${time}${from('build.resolveAt')}`;
}
