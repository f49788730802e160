import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemCode } from '../../core/errors.ts';

/** In a lease directory: where in Docker the run is. Written before anything of it is there, and gone when nothing is. */
export const DOCKER_PLACE = 'docker.json';

const PlaceSchema = z.object({
  version: z.literal(1),
  /** The daemon's socket on this machine. */
  socket: z.string(),
  image: z.object({
    id: z.string(),
    name: z.string(),
    user: z.object({ uid: z.number(), gid: z.number() }),
    python: z.nullable(z.string()),
  }),
  sparkConf: z.object({
    folder: z.nullable(z.string()),
    defaults: z.record(z.string(), z.string()),
    hasLog4j: z.boolean(),
  }),
  /** The launcher's container. */
  launcher: z.string(),
  /** The network that the launcher is in, and with it the driver and a cluster of the run's own. */
  network: z.string(),
  /** Where a port of the application is on this machine; `null` publishes none. */
  publish: z.nullable(z.object({ address: z.string(), port: z.number() })),
});

/** All that a launcher in a container, and those who clean up after it, need to know beside the request. */
export type DockerPlace = Readonly<z.infer<typeof PlaceSchema>>;

export function formatDockerPlace(place: DockerPlace): string {
  return JSON.stringify(place);
}

/** `undefined` for a run that is not in Docker.
 *  @throws when the file is not that of a version this one knows */
export async function readDockerPlace(leaseDirectory: string): Promise<DockerPlace | undefined> {
  try {
    return PlaceSchema.parse(JSON.parse(await readFile(join(leaseDirectory, DOCKER_PLACE), 'utf8')));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
