import { joinShellWords } from '../../../runtime/core/shell-words.ts';
import type { Settings } from '../../config/settings.ts';
import type { SettledSource } from '../../run/read-application.ts';
import type { BuildRequest } from '../build-request.ts';
import { BUILDER_LABELS } from '../builder-labels.ts';
import type { PlatformImage } from '../find-builder.ts';

/** The variables of the image that settings ask for. What a flag or hibana.yaml says of the application has the names that builders for Spark know.
 *  Source: radanalyticsio/oshinko-s2i, the variables of its builders. */
export function imageVariables({ plan, submit }: Pick<Settings, 'plan' | 'submit'>): Readonly<Record<string, string>> {
  const args = [...plan.args, ...submit.args];
  return {
    ...(plan.entry === null ? {} : { APP_FILE: plan.entry }),
    ...(plan.mainClass === null ? {} : { APP_MAIN_CLASS: plan.mainClass }),
    ...(args.length === 0 ? {} : { APP_ARGS: joinShellWords(args) }),
    ...plan.env,
    ...submit.env,
  };
}

/** The variables for assemble alone that decide what it makes: those that were asked for, and for a builder of hibana's the name, and the
 *  time as of which open requirements are resolved. */
export function buildVariables(
  { settings, tree }: Pick<SettledSource, 'settings' | 'tree'>,
  { image }: PlatformImage,
  { upgrade }: Pick<BuildRequest, 'upgrade'>,
): Readonly<Record<string, string>> {
  const { indexUrl, resolveAt, build } = settings;
  const isOurs = image.config.config?.Labels?.[BUILDER_LABELS.builder] !== undefined;
  const ofSource = upgrade ? null : tree.commitTime;
  const at = resolveAt.kind === 'commit' ? ofSource : resolveAt.kind === 'date' ? resolveAt.at : null;
  return {
    ...(indexUrl === null ? {} : { UV_DEFAULT_INDEX: indexUrl, PIP_INDEX_URL: indexUrl }),
    ...(isOurs ? { APP_NAME: settings.plan.name, ...(at === null ? {} : { UV_EXCLUDE_NEWER: at }) } : {}),
    ...build.env,
  };
}
