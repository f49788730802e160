import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { systemCode } from '../../core/errors.ts';
import { writeAtomically } from '../atomic-write.ts';

/** In a lease directory: where in Docker the run is. Written before anything of it is there, and gone when nothing is. */
export const DOCKER_PLACE = 'docker.json';

/** All that whoever sweeps has to know: what there is has the run's label. */
const MarkSchema = z.object({
  version: z.literal(1),
  /** The daemon's socket on this machine. */
  socket: z.string(),
});

const PlaceSchema = z.extend(MarkSchema, {
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
  /** The launcher's container, and the id of hibana's own image. */
  launcher: z.string(),
  launcherImage: z.string(),
  /** The network that the launcher is in, and with it the driver and a cluster of the run's own. */
  network: z.string(),
  /** Whether it is made for the run, and ends with it. */
  ownsNetwork: z.boolean(),
  /** Where ports of the application are on this machine. */
  publish: z.array(z.object({ address: z.string(), port: z.number() })),
});

/** All that a launcher in a container, and who starts it, need to know beside the request. */
export type DockerPlace = Readonly<z.infer<typeof PlaceSchema>>;

export function formatDockerPlace(place: DockerPlace): string {
  return JSON.stringify(place);
}

/** `undefined` for a run that is not in Docker.
 *  @throws when the file is not that of a version this one knows, or says only where to sweep */
export async function readDockerPlace(leaseDirectory: string): Promise<DockerPlace | undefined> {
  const text = await readMark(leaseDirectory);
  return text === undefined ? undefined : PlaceSchema.parse(JSON.parse(text));
}

/** Says that something of the run may be in a daemon, for whoever sweeps; until the run has its place there, or nothing is left. */
export async function markInDocker(leaseDirectory: string, socket: string): Promise<void> {
  await writeAtomically(join(leaseDirectory, DOCKER_PLACE), JSON.stringify({ version: 1, socket }));
}

/** Nothing of the run is in a daemon any more. */
export async function unmarkInDocker(leaseDirectory: string): Promise<void> {
  await rm(join(leaseDirectory, DOCKER_PLACE), { force: true });
}

/** The socket of the daemon in which something of the run may be; `undefined` where there is none.
 *  @throws when the file is not that of a version this one knows */
export async function readDaemonSocket(leaseDirectory: string): Promise<string | undefined> {
  const text = await readMark(leaseDirectory);
  return text === undefined ? undefined : MarkSchema.parse(JSON.parse(text)).socket;
}

async function readMark(leaseDirectory: string): Promise<string | undefined> {
  try {
    return await readFile(join(leaseDirectory, DOCKER_PLACE), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
