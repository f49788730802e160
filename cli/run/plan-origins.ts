import type { BuildPlan } from '../../builder-images/builder.ts';
import type { Properties } from '../../runtime/core/properties.ts';
import type { Origin, Settings } from '../config/settings.ts';

/** `source`: found there, where nobody said it. */
export type PlanOrigin = Origin | 'source';

/** Where the values of a plan came from, by their path in hibana.yaml: those that nobody said too. Pure. */
export function planOrigins(
  { app, sparkFrom }: BuildPlan,
  { origin }: Settings,
  sparkDefaults: Properties,
): Readonly<Record<string, PlanOrigin>> {
  const properties = Object.keys(sparkDefaults).map((key) => [`conf.${key}`, 'source'] as const);
  return {
    main: 'source',
    spark: sparkFrom === null ? 'default' : 'source',
    ...(app.language === 'python' ? { python: 'default' } : {}),
    'cluster.attach': 'default',
    'build.resolveAt': 'default',
    ...Object.fromEntries(properties),
    ...origin,
  };
}
