import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { AppContext } from '../commands/command.ts';
import type { Settings } from '../config/settings.ts';
import { withS3Settings } from '../jars/s3-settings.ts';
import type { RunScope } from '../run/with-run.ts';
import type { ImageContents } from './image-contents.ts';
import { ownSubmit } from './own-submit.ts';

export interface RequestParts {
  readonly prepared: {
    readonly image: Pick<ImageContents, 'layout' | 'sparkConf'> & { readonly app: LaunchRequest['app'] };
    readonly settings: Settings;
  };
  /** What was said for this run alone. */
  readonly early: Settings;
  readonly cluster: LaunchRequest['cluster'];
  readonly scope: Pick<RunScope, 'run' | 'steps'>;
  readonly startedAt: number;
  readonly app: Pick<AppContext, 'env' | 'now'>;
}

/** What is launched of an image, wherever its containers are: the image says what runs; the run adds what it was told. */
export function imageRequest({ prepared, early, cluster, scope, startedAt, app }: RequestParts): LaunchRequest {
  const { image, settings } = prepared;
  const { runMs } = settings.timeouts;
  const request: LaunchRequest = {
    ...{ version: 1, run: scope.run, app: image.app, layout: image.layout, cluster },
    submit: ownSubmit(settings, early),
    prepared: { startedAt: new Date(startedAt).toISOString(), steps: [...scope.steps] },
    timeouts: { ...settings.timeouts, runMs: runMs === null ? null : Math.max(1, startedAt + runMs - app.now()) },
    notify: [...settings.notify],
  };
  const sparkDefaults = image.sparkConf.defaults;
  return settings.extras.includes('s3') ? withS3Settings({ request, env: app.env, sparkDefaults }) : request;
}
