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
  readonly platform: Revision['platform'];
  readonly app: Application['plan']['app'];
  readonly settings: Settings;
  /** What of the settings is told to every run. */
  readonly submit: Settings['submit'];
  readonly sparkDefaults: Application['sparkDefaults'];
  readonly artifact: Revision['artifact'];
  readonly docker?: Revision['docker'];
  /** The source in the words of whoever deployed it, and what it was. */
  readonly source: string;
  readonly tree: Pick<Application['tree'], 'description' | 'commit'>;
  readonly args: Pick<ParsedArgs, 'options' | 'rest'>;
}

/** What is deployed, of an application that was read: everything that a run needs to know but the run itself. */
export function draftRevision(input: DraftInput, { cwd }: Pick<AppContext, 'cwd'>): Draft {
  const { platform, app, settings, submit, sparkDefaults, artifact, docker, source, tree, args } = input;
  const { kind, name } = app;
  return {
    schema: 'hibana.revision/v1',
    application: name,
    platform,
    kind,
    source: { text: redact(source), description: tree.description, commit: tree.commit },
    artifact,
    ...(docker === undefined ? {} : { docker }),
    launch: {
      app: mutable(app),
      submit,
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
export function revisionKey({ kind, artifact, docker, launch, health, onRedeploy, platform }: Draft): string {
  return hashOf({ kind, artifact: contentOf(artifact), docker: placeOf(docker), launch, health, onRedeploy, platform });
}

/** An image by what is in it, whatever it is called. */
function contentOf(artifact: Draft['artifact']): unknown {
  return artifact.kind === 'image' ? (artifact.daemon ?? artifact) : artifact;
}

/** Which image hibana's own was at the time decides nothing. */
function placeOf(docker: Draft['docker']): unknown {
  return docker === undefined ? null : { ...docker, launcher: docker.launcher.named };
}
