import { redact } from '../../runtime/core/errors.ts';
import { shownProperties } from '../run/plan-text.ts';
import { describeProbe, probeOf } from './health.ts';
import type { Revision, Run } from './records.ts';

type Document = Readonly<Record<string, unknown>>;

/** A run for machines: as it is on record. */
export function runDocument({ schema: _, ...run }: Run): Document {
  return run;
}

/** A revision for machines, without what may be secret: of variables and credentials the names at most. `live` is the number of the one that counts. */
export function revisionDocument(revision: Revision, live: number | null): Document {
  const { application, platform, kind, createdAt, status, reason, trigger, source, artifact, launch, health } =
    revision;
  const { app, submit, cluster, timeouts, extras } = launch;
  const probe = probeOf(revision);
  return {
    ...{ application, revision: revision.revision, platform, kind, createdAt, status, reason, trigger, source },
    isLive: revision.revision === live,
    artifact: artifactDocument(artifact),
    app: { ...app, conf: shownProperties(app.conf), env: Object.keys(app.env) },
    args: submit.args,
    conf: shownProperties(submit.conf),
    env: Object.keys(submit.env),
    secrets: Object.keys(submit.secrets),
    ...{ cluster, timeouts, extras, port: app.port, bind: revision.docker?.bind ?? null },
    health: { ...health, asks: probe === null ? null : describeProbe(probe) },
    onRedeploy: revision.onRedeploy,
    notify: launch.notify.map(({ url, on }) => ({ url: redact(url), on })),
  };
}

/** What of it is worth knowing; where everything is in it is not. */
function artifactDocument(artifact: Revision['artifact']): Document {
  const { kind } = artifact;
  if (kind === 'tree') return { kind, key: artifact.key };
  return { kind, image: artifact.image, id: artifact.daemon?.id ?? null };
}
