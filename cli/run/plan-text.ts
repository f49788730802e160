import type { BuildPlan } from '../../builder-images/builder.ts';
import { formatMemory } from '../../runtime/core/quantity.ts';
import type { Settings } from '../config/settings.ts';
import { hasWorkers, targetText } from './target-text.ts';

export interface Planned {
  readonly commit: string | null;
  readonly plan: BuildPlan;
  readonly settings: Settings;
}

/** A plan for people: a line a fact, with where a value came from when somebody chose it. */
export function describePlanText({ commit, plan, settings }: Planned): string {
  const { app } = plan;
  const { cluster, submit } = settings;
  const from = (path: string): string => {
    const origin = settings.origin[path];
    return origin === undefined || origin === 'default' ? '' : ` (${ORIGINS[origin]})`;
  };
  const cores = cluster.worker.millicores / 1_000;
  const size = `${cores} ${cores === 1 ? 'core' : 'cores'} and ${formatMemory(cluster.worker.memoryBytes)} each`;
  const lines: readonly (readonly [string, string | null])[] = [
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
    ['properties', listed(Object.entries({ ...app.conf, ...submit.conf }).map(([key, value]) => `${key}=${value}`))],
    ['arguments', listed([...app.args, ...submit.args].map((argument) => JSON.stringify(argument)))],
    ['environment', listed(Object.keys({ ...app.env, ...submit.env }))],
    ['secrets', listed(Object.keys(submit.secrets))],
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.flatMap(([label, text]) => (text === null ? [] : [`${label.padEnd(width)}  ${text}`])).join('\n');
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
