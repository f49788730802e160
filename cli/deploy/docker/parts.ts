import type { DaemonArtifact, InDocker, Revision } from '../records.ts';

export interface DockerParts {
  /** As people call it. */
  readonly image: string;
  readonly daemon: DaemonArtifact;
  readonly inDocker: InDocker;
}

/** What a revision in Docker has, and only such a one. */
export function partsOf({ application, revision, artifact, docker }: Revision): DockerParts {
  if (artifact.kind !== 'image' || artifact.daemon === undefined || docker === undefined) {
    throw new Error(`revision ${revision} of ${application} is not in Docker`);
  }
  return { image: artifact.image, daemon: artifact.daemon, inDocker: docker };
}
