import type { MemberGuard } from '../container/guard-command.ts';

/** A guard whose program comes by a volume. */
export interface VolumeGuard extends MemberGuard {
  /** The volume that has the program, out of hibana's own image. */
  readonly volume: string;
}
