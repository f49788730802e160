import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** What the launcher writes to its guards when there is nothing left to guard. */
export const RELEASED = 'released';
/** What a guard writes when it watches. */
export const WATCHING = 'watching';

/** Watches the connection to the launcher: its end without a release is the launcher's death, and then `sweep` runs.
 *  The connection is an anonymous pipe: nobody else can hold it, and the kernel closes it whatever kills the launcher. */
export async function guard(connection: Readable, sweep: () => Promise<unknown>): Promise<void> {
  for await (const line of createInterface({ input: connection })) if (line === RELEASED) return;
  await sweep();
}
