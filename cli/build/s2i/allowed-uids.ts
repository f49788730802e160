import { ToolError } from '../../../runtime/core/errors.ts';

/** Which users may run what comes with a source: both ends are in it. */
export interface UidRange {
  readonly from: number;
  readonly to: number;
}

const MAXIMUM_UID = 2 ** 32 - 2;
const RANGE = /^(?<from>\d+)?(?<dash>-)?(?<to>\d+)?$/;

/** Reads `1-`, `1000-2000,3000`, `-500`.
 *  @throws {ToolError} USAGE */
export function parseAllowedUids(text: string): readonly UidRange[] {
  return text.split(',').map((part) => {
    const { from, dash, to } = RANGE.exec(part.trim())?.groups ?? {};
    const range = { from: Number(from ?? 0), to: Number(to ?? (dash === undefined ? from : MAXIMUM_UID)) };
    if ((from === undefined && to === undefined) || !(range.from <= range.to) || range.to > MAXIMUM_UID) {
      throw new ToolError('USAGE', `Cannot use --allowed-uids "${text}": "${part}" is no range of user ids`, {
        hint: 'Write ranges as 1-, 1000-2000 or 1001, with commas between them',
      });
    }
    return range;
  });
}

/** Whether `user` (`1001`, `1001:0`, `default`, empty for root) is allowed. A name could be any number: only numbers are. */
export function isAllowedUser(user: string, allowed: readonly UidRange[]): boolean {
  const [name = ''] = user.split(':');
  if (name === '') return isIn(0, allowed);
  return /^\d+$/.test(name) && isIn(Number(name), allowed);
}

function isIn(uid: number, allowed: readonly UidRange[]): boolean {
  return allowed.some(({ from, to }) => uid >= from && uid <= to);
}
