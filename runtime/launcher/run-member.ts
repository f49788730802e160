import { LEASE_SECRET } from '../platform/container/guard-command.ts';
import { runUnderLease } from './member.ts';

export interface MemberEdges {
  readonly env: Readonly<Record<string, string>>;
  /** Has the listener told of every signal that asks this process to end. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => void;
}

/** In a container of a cluster, as the parent of a program: ends it when its launcher has not been heard of for the time of the lease. Gives its status.
 *  `args`: host and port of the launcher, the seconds of the lease, `--`, the program. */
export async function runMember(args: readonly string[], { env: all, onSignal }: MemberEdges): Promise<number> {
  const [host = '', port = '', seconds = '', , ...command] = args;
  const { [LEASE_SECRET]: secret = '', ...env } = all;
  const lease = { host, port: Number(port), seconds: Number(seconds), secret };
  const member = runUnderLease({ lease, command, env });
  onSignal((signal) => member.signal(signal));
  return member.ended;
}
