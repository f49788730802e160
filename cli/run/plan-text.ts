import type { BuildPlan } from '../../builder-images/builder.ts';
import { redact } from '../../runtime/core/errors.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import { formatMemory } from '../../runtime/core/quantity.ts';
import type { Origin, Settings } from '../config/settings.ts';
import { hasWorkers, targetText } from './target-text.ts';

export interface Planned {
  readonly commit: string | null;
  readonly plan: BuildPlan;
  readonly settings: Settings;
  /** Its spark-defaults.conf. */
  readonly sparkDefaults: Properties;
}

/** A plan for people: a line a fact, with where a value came from when somebody chose it. */
export function describePlanText({ commit, plan, settings, sparkDefaults }: Planned): string {
  const { app } = plan;
  const { cluster, submit } = settings;
  const from = (path: string): string => describeOrigin(settings.origin[path]);
  const cores = cluster.worker.millicores / 1_000;
  const size = `${cores} ${cores === 1 ? 'core' : 'cores'} and ${formatMemory(cluster.worker.memoryBytes)} each`;
  const lines: readonly (readonly [string, string | readonly string[] | null])[] = [
    ['application', `${app.name}, a ${app.kind}${from('kind')}`],
    ['commit', commit],
    ['builder', plan.builder],
    ['entry', `${app.entry}${app.mainClass === null ? '' : ` (${app.mainClass})`}${from('main')}`],
    ['Spark', `${app.spark}${from('spark')}`],
    ['Python', plan.python === null ? null : `${plan.python}${from('python')}`],
    ['cluster', cluster.target === null ? null : `${targetText(cluster.target)}${from('cluster.attach')}`],
    ['workers', hasWorkers(cluster.target) ? `${cluster.workers}, ${size}${from('cluster.workers')}` : null],
    ['files', listed([...app.jars, ...submit.jars, ...submit.pyFiles, ...submit.files])],
    ['dependencies', describeDependencies(plan, settings.resolveAt)],
    ['packages', listed([...app.packages, ...submit.packages])],
    ['extras', settings.extras.length === 0 ? null : `${settings.extras.join(' ')}${from('extras')}`],
    ['properties', describeProperties({ ...sparkDefaults, ...app.conf, ...submit.conf }, from)],
    ['arguments', describeArguments(app.args, submit.args, from('args'))],
    ['environment', listed(Object.keys({ ...app.env, ...submit.env }))],
    ['secrets', listed(Object.keys(submit.secrets))],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines
    .flatMap(([label, said]) =>
      [said ?? []].flat().map((text, index) => `${(index === 0 ? label : '').padEnd(width)}  ${redact(text)}`),
    )
    .join('\n');
}

function describeOrigin(origin: Origin | undefined): string {
  return origin === undefined || origin === 'default' ? '' : ` (${ORIGINS[origin]})`;
}

/** What no layer of the settings has said is from the file that goes with the source. */
function describeProperties(conf: Properties, from: (path: string) => string): readonly string[] {
  return Object.entries(shownProperties(conf)).map(
    ([key, value]) => `${key}=${value}${from(`conf.${key}`) || SPARK_DEFAULTS}`,
  );
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
const SPARK_DEFAULTS = ' (from spark-conf/spark-defaults.conf)';

/** Those of the project, which alone can have some, go before those of the run. */
function describeArguments(own: readonly string[], added: readonly string[], from: string): readonly string[] {
  const rows = [
    { args: own, origin: describeOrigin('project') },
    { args: added, origin: from },
  ];
  return rows
    .filter(({ args }) => args.length > 0)
    .map(({ args, origin }) => `${args.map((argument) => JSON.stringify(argument)).join(' ')}${origin}`);
}

const ORIGINS = {
  flag: 'by flag',
  environment: 'from the environment',
  project: 'from hibana.yaml',
  user: 'from your own hibana.yaml',
} as const;

function listed(texts: readonly string[]): string | null {
  return texts.length === 0 ? null : texts.join(' ');
}

function describeDependencies({ dependencies }: BuildPlan, resolveAt: Settings['resolveAt']): string | null {
  if (dependencies === null) return null;
  const files = dependencies.files.join(', ');
  if (dependencies.kind === 'uv-lock') return `locked in ${files}`;
  const count = dependencies.requirements.split('\n').filter((line) => /^[^#\s-]/.test(line)).length;
  if (dependencies.requireHashes) return `${count} from ${files}, with hashes`;
  const time = resolveAt.kind === 'date' ? resolveAt.text : resolveAt.kind === 'now' ? 'now' : 'the commit';
  return `${count} from ${files}, as of ${time}`;
}
