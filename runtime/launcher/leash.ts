import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { StopReason } from './stop-reason.ts';

export interface Leash {
  /** Resolves when the caller says that the request is in the lease directory; `false` when it goes away without one. */
  readonly requested: Promise<boolean>;
}

/** Watches the connection to the caller: a line says that the request is there; its end, at any time, that the caller is gone. */
export function holdLeash(connection: Readable, stop: (reason: StopReason) => void): Leash {
  const requested = Promise.withResolvers<boolean>();
  const lines = createInterface({ input: connection });
  lines.on('line', () => requested.resolve(true));
  lines.on('close', () => {
    requested.resolve(false);
    stop(StopReason.callerGone());
  });
  return { requested: requested.promise };
}
