import { redact } from '../../runtime/core/errors.ts';
import type { Settings } from '../config/settings.ts';
import { planOrigins } from './plan-origins.ts';
import { type Planned, shownProperties } from './plan-text.ts';

/** A plan for machines, with no more of what may be secret than people are shown. */
export function planDocument({
  commit,
  contextDir,
  plan,
  settings,
  sparkDefaults,
}: Planned): Readonly<Record<string, unknown>> {
  return withoutLogins({
    commit,
    contextDir: contextDir ?? null,
    plan: {
      ...plan,
      app: { ...plan.app, conf: shownProperties(plan.app.conf), env: masked(plan.app.env) },
    },
    cluster: settings.cluster,
    submit: shownSubmit(settings.submit),
    extras: settings.extras,
    sparkDefaults: shownProperties(sparkDefaults),
    origin: planOrigins(plan, settings, sparkDefaults),
    resolveAt: settings.resolveAt,
  });
}

/** Addresses with logins may be anywhere: in requirements, repositories, files, arguments. A plan is plain JSON. */
function withoutLogins<T>(document: T): T {
  return JSON.parse(JSON.stringify(document, (_key, value) => (typeof value === 'string' ? redact(value) : value)));
}

/** Any variable may be a secret (`API_KEY`), and a plan goes into logs: its name is enough. */
function masked(variables: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(variables).map((name) => [name, '***']));
}

function shownSubmit(submit: Settings['submit']): Settings['submit'] {
  const conf = shownProperties(submit.conf);
  return { ...submit, conf, env: masked(submit.env), executorEnv: masked(submit.executorEnv) };
}
