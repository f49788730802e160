import { redact } from '../../runtime/core/errors.ts';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import { hashOf } from '../build/content-hash.ts';
import type { AppContext, ParsedArgs } from '../commands/command.ts';
import type { Settings } from '../config/settings.ts';
import type { Application } from '../run/read-application.ts';
import type { Revision } from './records.ts';

/** A revision that has no number yet. */
export type Draft = Omit<Revision, 'revision' | 'createdAt' | 'status' | 'reason' | 'trigger'>;

export interface DraftInput {
  readonly application: Application;
  readonly artifact: Revision['artifact'];
  /** The source in the words of whoever deployed it. */
  readonly source: string;
  readonly args: Pick<ParsedArgs, 'options' | 'rest'>;
}

/** What is deployed, of an application that was read: everything that a run needs to know but the run itself. */
export function draftRevision(
  { application, artifact, source, args }: DraftInput,
  { cwd }: Pick<AppContext, 'cwd'>,
): Draft {
  const { plan, settings, tree, sparkDefaults } = application;
  const { kind, name } = plan.app;
  return {
    schema: 'hibana.revision/v1',
    application: name,
    platform: 'local',
    kind,
    source: { text: redact(source), description: tree.description, commit: tree.commit },
    artifact,
    launch: {
      app: mutable(plan.app),
      submit: settings.submit,
      timeouts: settings.timeouts,
      cluster: settings.cluster,
      extras: [...settings.extras],
      sparkDefaults: { ...sparkDefaults },
      notify: [...settings.notify],
    },
    ...deploymentOf(settings),
    request: { options: { ...args.options }, args: [...args.rest], cwd },
  };
}

function deploymentOf({ deployment }: Settings): Pick<Draft, 'health' | 'onRedeploy'> {
  const { health, onRedeploy } = deployment;
  return { health, onRedeploy };
}

function mutable(app: Application['plan']['app']): LaunchRequest['app'] {
  return { ...app, args: [...app.args], packages: [...app.packages], jars: [...app.jars] };
}

/** The same for two revisions that would run the same in the same way, wherever they came from and whenever. */
export function revisionKey({ kind, artifact, launch, health, onRedeploy, platform }: Draft): string {
  return hashOf({ kind, artifact, launch, health, onRedeploy, platform });
}
