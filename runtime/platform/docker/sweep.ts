import { setTimeout as pause } from 'node:timers/promises';
import type Docker from 'dockerode';
import type { Ctx } from '../../core/context.ts';
import { LABELS, type ObjectRole } from '../../core/labels.ts';
import { listContainers } from './cluster-record.ts';
import { dockerError, NOT_FOUND, statusOf } from './docker-errors.ts';
import { removeContainer } from './remove.ts';

export interface DockerSweep {
  readonly docker: Docker;
  /** `key=value` each: nothing that has not all of them is looked at. */
  readonly labels: readonly string[];
  /** Default every one. */
  readonly roles?: readonly ObjectRole[];
  /** The names of what stays: the container that sweeps, the network of a run whose cluster is deleted. */
  readonly spared?: readonly string[];
}

const ATTEMPTS = 20;
const RETRY_MS = 250;

/** Deletes containers, networks and volumes with these labels, running or not; idempotent, and safe to do from several places at once. Gives what is
 *  left, in words; empty in all good cases.
 *  @throws {ToolError} DOCKER_UNREACHABLE, CONTAINER_FAILED when it cannot even be asked what there is */
export async function sweepDocker(sweep: DockerSweep, ctx: Ctx): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await findObjects(sweep, ctx);
    if (found.length === 0) return [];
    const failed = await Promise.all(
      found.map(({ remove }) =>
        remove().then(
          () => true,
          () => false,
        ),
      ),
    );
    if (attempt === ATTEMPTS || ctx.signal.aborted) {
      if (failed.every((isGone) => isGone)) return [];
      return found.flatMap(({ byHand }, index) => (failed[index] === true ? [] : [byHand]));
    }
    // What is on its way out already, by somebody else's hand, takes a moment.
    await pause(attempt === 1 ? 0 : RETRY_MS, undefined, { signal: ctx.signal }).catch(() => {});
  }
}

interface DockerObject {
  readonly remove: () => Promise<unknown>;
  readonly byHand: string;
}

/** Containers alone as long as there is one: nothing else goes while they use it. */
async function findObjects(sweep: DockerSweep, ctx: Ctx): Promise<readonly DockerObject[]> {
  const { docker, labels: wanted, roles, spared = [] } = sweep;
  const isWanted = (labels: Readonly<Record<string, string>> | undefined, name: string): boolean => {
    const role = labels?.[LABELS.role] ?? '';
    return !spared.includes(name) && (roles === undefined || roles.some((one) => one === role));
  };
  const containers = (await listContainers(docker, wanted, ctx))
    .map(({ Id, Names, Labels }) => ({ id: Id, name: (Names[0] ?? Id).replace(/^\//, ''), labels: Labels }))
    .filter(({ labels, name }) => isWanted(labels, name))
    .map(({ id, name }) => ({
      remove: () => removeContainer(docker.getContainer(id), ctx),
      byHand: `container ${name}: docker rm -fv ${name}`,
    }));
  if (containers.length > 0) return containers;
  const query = { filters: { label: [...wanted] }, abortSignal: ctx.signal };
  const asked = Promise.all([docker.listNetworks(query), docker.listVolumes(query)]);
  const [networks, { Volumes: volumes }] = await asked.catch((error: unknown) => {
    ctx.signal.throwIfAborted();
    throw dockerError(error, 'list networks and volumes');
  });
  return [
    ...networks
      .filter(({ Labels, Name }) => isWanted(Labels, Name))
      .map(({ Id, Name }) => ({
        remove: () => removeNetwork(docker, Id, ctx),
        byHand: `network ${Name}: docker network rm ${Name}`,
      })),
    ...(volumes ?? [])
      .filter(({ Labels, Name }) => isWanted(Labels, Name))
      .map(({ Name }) => ({
        remove: () => removeVolume(docker, Name, ctx),
        byHand: `volume ${Name}: docker volume rm ${Name}`,
      })),
  ];
}

/** Whoever is still in it is the one who sweeps, or somebody's own container: it is let go, and not ended. */
async function removeNetwork(docker: Docker, id: string, { signal }: Ctx): Promise<void> {
  const network = docker.getNetwork(id);
  const inspected = await network.inspect();
  for (const container of Object.keys(inspected.Containers ?? {})) {
    await network.disconnect({ Container: container, Force: true }).catch(() => {});
  }
  await unlessGone(network.remove({ abortSignal: signal }));
}

async function removeVolume(docker: Docker, name: string, { signal }: Ctx): Promise<void> {
  await unlessGone(docker.getVolume(name).remove({ abortSignal: signal }));
}

async function unlessGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (statusOf(error) !== NOT_FOUND) throw error;
  }
}
