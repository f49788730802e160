import type { Ctx } from '../../../runtime/core/context.ts';
import { IMAGE_LABELS } from '../../build/image-labels.ts';
import { findImageId } from '../../docker/bring-image.ts';
import type { LocalDaemon } from '../../docker/open-daemon.ts';
import type { PreparedImage } from '../../docker/prepare-image.ts';
import type { Revision } from '../records.ts';
import { keepImage, keptName } from './kept-images.ts';

export interface ArtifactWanted {
  readonly prepared: PreparedImage;
  readonly daemon: LocalDaemon;
  readonly stateFolder: string;
  /** The revision that counts. */
  readonly live: Revision | undefined;
}

/** Keeps an image under a name of ours, and gives it as what a revision runs from. Where the revision that counts runs from one with the same content, whichever
 *  commit that is of, it is that one. */
export async function keepArtifact(
  { prepared, daemon, stateFolder, live }: ArtifactWanted,
  ctx: Ctx,
): Promise<Revision['artifact']> {
  const { image, name, isBuilt } = prepared;
  const { id, user, layout, python, sparkConf, labels } = image;
  const { docker } = daemon;
  // Of an image that others have made on it the label would be the same.
  const key = (isBuilt ? labels[IMAGE_LABELS.planKey] : undefined) ?? id;
  if (live !== undefined && live.docker?.socket === daemon.socket && live.artifact.kind === 'image') {
    const known = live.artifact.daemon;
    if (known?.key === key && (await findImageId(docker, known.id, ctx)) !== undefined) return live.artifact;
  }
  const kept = { stateFolder, application: image.app.name, id };
  await keepImage(docker, kept);
  return {
    kind: 'image',
    image: isBuilt ? keptName(kept) : name,
    daemon: { id, key, user, layout, python, sparkConf: { ...sparkConf, defaults: { ...sparkConf.defaults } } },
  };
}
