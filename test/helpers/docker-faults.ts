import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { DockerDaemon } from './docker.ts';

type Daemon = Pick<DockerDaemon, 'docker' | 'pid'>;

/** Stops the daemon, and not its containers, for a while: it takes calls and answers none. */
export async function freezeDaemon({ pid }: Daemon, forMs: number): Promise<void> {
  const daemon = pid();
  process.kill(daemon, 'SIGSTOP');
  try {
    await pause(forMs);
  } finally {
    process.kill(daemon, 'SIGCONT');
  }
}

/** Takes the bridge of a run's network down for a while: no container of it reaches another, nor this machine any of them. `during` is called meanwhile. */
export async function cutNetwork({ docker, pid }: Daemon, forMs: number, during: () => Promise<void>): Promise<void> {
  const [network] = await docker.listNetworks({ filters: { label: ['hibana.dev/role=network'] } });
  if (network === undefined) throw new Error('there is no network of a run');
  const set = (state: 'up' | 'down'): void => {
    const link = ['ip', 'link', 'set', `br-${network.Id.slice(0, ID_LENGTH)}`, state];
    execFileSync('nsenter', [`--net=/proc/${pid()}/ns/net`, ...link], { stdio: 'ignore' });
  };
  set('down');
  try {
    await Promise.all([pause(forMs), during()]);
  } finally {
    set('up');
  }
}

/** Of a network, in the name of its bridge. */
const ID_LENGTH = 12;
