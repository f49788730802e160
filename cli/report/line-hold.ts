const LINE_FEED = 0x0a;

/** Holds back the unfinished last line of a stream, so that nothing is drawn in the middle of it. */
export interface LineHold {
  /** The whole lines that there are now; empty when there is none. */
  take(chunk: Uint8Array): Uint8Array;
  /** What is held, and lets go of it. */
  release(): Uint8Array;
}

/** @param maximumBytes more than that is no line any more and is given as it is; default 64 KiB */
export function lineHold(maximumBytes = 65_536): LineHold {
  let held: readonly Uint8Array[] = [];

  function release(): Uint8Array {
    const bytes = Buffer.concat(held);
    held = [];
    return bytes;
  }

  return {
    take(chunk) {
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      const whole = end === 0 ? new Uint8Array() : Buffer.concat([release(), chunk.subarray(0, end)]);
      if (end < chunk.length) held = [...held, chunk.slice(end)];
      const heldBytes = held.reduce((sum, { length }) => sum + length, 0);
      return heldBytes > maximumBytes ? Buffer.concat([whole, release()]) : whole;
    },
    release,
  };
}
