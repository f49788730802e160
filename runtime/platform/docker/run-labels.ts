import { createHash } from 'node:crypto';
import { LABELS } from '../../core/labels.ts';

const OWNER_DIGITS = 16;

/** Whose a run is, as a label: of two users of one daemon both may have a run of this id. */
export function ownerOf(leaseDirectory: string): string {
  return createHash('sha256').update(leaseDirectory).digest('hex').slice(0, OWNER_DIGITS);
}

/** By these all that a run has in a daemon is found, and nothing else. */
export function runLabels(run: string, leaseDirectory: string): readonly string[] {
  return [`${LABELS.run}=${run}`, `${LABELS.owner}=${ownerOf(leaseDirectory)}`];
}
