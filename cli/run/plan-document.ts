import type { Settings } from '../config/settings.ts';
import { type Planned, shownProperties } from './plan-text.ts';

/** A plan for machines, with no more of what may be secret than people are shown. */
export function planDocument({ commit, plan, settings, sparkDefaults }: Planned): Readonly<Record<string, unknown>> {
  return {
    commit,
    plan: { ...plan, app: { ...plan.app, conf: shownProperties(plan.app.conf) } },
    cluster: settings.cluster,
    submit: shownSubmit(settings.submit),
    extras: settings.extras,
    sparkDefaults: shownProperties(sparkDefaults),
    origin: settings.origin,
    resolveAt: settings.resolveAt,
  };
}

/** What was given by `--env` may be a secret, and a plan goes into logs: its names are enough. */
function shownSubmit(submit: Settings['submit']): Settings['submit'] {
  const masked = (variables: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.keys(variables).map((name) => [name, '***']));
  const conf = shownProperties(submit.conf);
  return { ...submit, conf, env: masked(submit.env), executorEnv: masked(submit.executorEnv) };
}
