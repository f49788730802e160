import { IMAGE_PATHS } from '../../core/image-layout.ts';
import { MEMBER_FOLDER } from './work.ts';

/** A program beside another, as its parent, that ends it when it has not heard of the launcher for the time of the lease. */
export interface MemberGuard {
  /** Where the launcher answers it. */
  readonly host: string;
  readonly port: number;
  /** By which both know each other. */
  readonly secret: string;
}

/** The variable that has the secret; what is guarded does not get it. */
export const LEASE_SECRET = 'HIBANA_LEASE_SECRET';

/** A command under its guard. Node is the image's own: it knows no more than the container does. */
export function guardedCommand(
  command: readonly string[],
  { host, port }: MemberGuard,
  leaseSeconds: number,
): readonly string[] {
  const node = `${IMAGE_PATHS.node}/bin/node`;
  const lease = [host, String(port), String(leaseSeconds)];
  return [node, '--lite-mode', `${MEMBER_FOLDER}/launcher.mjs`, 'member', ...lease, '--', ...command];
}

export function guardEnvironment(guard: MemberGuard | null): Readonly<Record<string, string>> {
  return guard === null ? {} : { [LEASE_SECRET]: guard.secret };
}
