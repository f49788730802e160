import { isIP } from 'node:net';
import { ToolError } from '../../runtime/core/errors.ts';

const LOOPBACK = '127.0.0.1';

/** The address of this machine at which ports are published: `--bind`, else loopback.
 *  @throws {ToolError} USAGE */
export function readBind(text: string | undefined): string {
  if (text === undefined) return LOOPBACK;
  if (isIP(text) !== 0) return text;
  throw new ToolError('USAGE', `Cannot publish a port at "${text}": it is no address`, {
    hint: 'Write an address of this machine: --bind 192.0.2.7, or 0.0.0.0 for all of them',
  });
}

/** Where what is published at an address answers those on this machine. */
export function addressFrom(bind: string): string {
  return ANY[bind] ?? bind;
}

/** What stands for every address. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': LOOPBACK, '::': '::1' };
