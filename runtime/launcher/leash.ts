import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { LeashWord } from '../core/lease-directory.ts';
import { StopReason } from './stop-reason.ts';

export interface Leash {
  /** Resolves when the caller says that the request is in the lease directory; `false` when it goes away without one. */
  readonly requested: Promise<boolean>;
}

/** Watches the connection to the caller: a line says that the request is there; its end, at any time, that the caller is gone, which stops a
 *  run unless the line was `detach`. */
export function holdLeash(connection: Readable, stop: (reason: StopReason) => void): Leash {
  const requested = Promise.withResolvers<boolean>();
  let isDetached = false;
  const lines = createInterface({ input: connection });
  lines.on('line', (word) => {
    isDetached ||= word === LeashWord.detach;
    requested.resolve(true);
  });
  lines.on('close', () => {
    requested.resolve(false);
    if (!isDetached) stop(StopReason.callerGone());
  });
  return { requested: requested.promise };
}
