import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CoreV1Api, type V1Pod } from '@kubernetes/client-node';
import type { KubernetesCluster } from './kubernetes.ts';
import type { OwnCluster } from './kubernetes-offer.ts';

/** Where a container is. */
export interface ContainerPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Sends a signal to every process of a container, past the kubelet: `SIGSTOP` and `SIGCONT` for a pause, `SIGKILL` for an end that nobody expects. */
export async function signalContainer(
  cluster: KubernetesCluster,
  { namespace, pod: name, container }: ContainerPlace,
  signal: NodeJS.Signals,
): Promise<void> {
  const { cgroup } = ownOf(cluster);
  const pod = await readPod(cluster, namespace, name);
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const id = statuses.find((status) => status.name === container)?.containerID?.replace(/^.*:\/\//, '');
  const [file] = globSync(`/sys/fs/cgroup/{pids/,}${cgroup}/**/${id}/cgroup.procs`);
  if (id === undefined || file === undefined) throw new Error(`The container "${container}" of "${name}" does not run`);
  // The kernel says them as this process sees them.
  for (const pid of (await readFile(file, 'utf8')).trim().split('\n')) process.kill(Number(pid), signal);
}

/** Takes the network away from a pod: what it sends and what is sent to it is lost without a word. Resolves after `forMs`, when it has it again. */
export async function cutPodNetwork(
  cluster: KubernetesCluster,
  { namespace, pod: name }: Omit<ContainerPlace, 'container'>,
  forMs: number,
): Promise<void> {
  const [command = '', ...enter] = ownOf(cluster).enter;
  const address = (await readPod(cluster, namespace, name)).status?.podIP;
  if (address === undefined) throw new Error(`The pod "${name}" has no address`);
  const iptables = async (verb: string): Promise<void> => {
    // Before a service's address becomes a pod's on the way in, and after it on the way out.
    for (const [table, chain, side] of [
      ['raw', 'PREROUTING', '--source'],
      ['mangle', 'POSTROUTING', '--destination'],
    ] as const) {
      const rule = ['--table', table, verb, chain, side, address, '--jump', 'DROP'];
      await promisify(execFile)(command, [...enter, 'iptables', '--wait', ...rule]);
    }
  };
  await iptables('--insert');
  try {
    await pause(forMs);
  } finally {
    await iptables('--delete');
  }
}

function ownOf({ own }: KubernetesCluster): OwnCluster {
  if (own === undefined) throw new Error('Nothing goes wrong on purpose on a cluster that was given');
  return own;
}

function readPod({ config }: KubernetesCluster, namespace: string, name: string): Promise<V1Pod> {
  return config.makeApiClient(CoreV1Api).readNamespacedPod({ namespace, name });
}
