import type { Settings } from '../config/settings.ts';

/** What a run adds to its image: what it was told itself. All else is in the image. */
export function ownSubmit({ submit: { secrets } }: Settings, early: Settings): Settings['submit'] {
  const { args, conf, env, executorEnv } = early.submit;
  return {
    ...{ args, conf, env, executorEnv, secrets },
    ...{ packages: [], repositories: [], excludePackages: [], jars: [], pyFiles: [], files: [], archives: [] },
  };
}
