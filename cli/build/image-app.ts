import type { AppDescriptor } from '../../runtime/core/app.ts';
import type { Application } from '../run/read-application.ts';
import { checkVariableNames } from './refused-names.ts';

/** The application as its image has it: what the source says with what was asked for of this build. What a descriptor has no place for becomes
 *  Spark properties. Secrets are not in it: they are given to runs.
 *  @throws {ToolError} ENVIRONMENT_REFUSED */
export function imageApp({ plan, settings }: Pick<Application, 'plan' | 'settings'>): AppDescriptor {
  const { app } = plan;
  const { submit } = settings;
  const env = { ...app.env, ...submit.env };
  checkVariableNames(Object.keys(env), 'env');
  checkVariableNames(Object.keys(submit.executorEnv), 'executorEnv');
  return {
    ...app,
    args: [...app.args, ...submit.args],
    conf: { ...lists(settings), ...executorEnvironment(settings), ...app.conf, ...submit.conf },
    packages: [...new Set([...app.packages, ...submit.packages])],
    jars: [...new Set([...app.jars, ...submit.jars])],
    env,
  };
}

function lists({ submit }: Application['settings']): Readonly<Record<string, string>> {
  const all = {
    'spark.submit.pyFiles': submit.pyFiles,
    'spark.files': submit.files,
    'spark.archives': submit.archives,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, values]) => (values.length === 0 ? [] : [[key, values.join(',')]])),
  );
}

function executorEnvironment({ submit }: Application['settings']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(submit.executorEnv).map(([name, value]) => [`spark.executorEnv.${name}`, value]),
  );
}
