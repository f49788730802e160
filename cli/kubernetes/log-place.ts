/** How far somebody has read the log of a container, by the times that its kubelet has given to the lines: no number of bytes says it, since a log that has
 *  grown is begun anew, and a container that was started again has another. Source: `timestamps` and `sinceTime` of Kubernetes' pod log. */
export class LogPlace {
  /** Of the last line that was told, how many of that time were begun, and how many bytes of the last of them were told. */
  #time = '';
  #lines = 0;
  #bytes = 0;

  /** From where to read on: a server goes by whole seconds. `undefined`: from the beginning. */
  get since(): string | undefined {
    return this.#time === '' ? undefined : this.#time;
  }

  /** For one connection: takes what comes, and gives what was not told before, without the times. */
  reader(): (chunk: Uint8Array) => Buffer {
    const begin = this.#beginner();
    let time: string | undefined = '';
    let leftOut = 0;
    return (chunk) => {
      const fresh: Uint8Array[] = [];
      for (let at = 0; at < chunk.length; ) {
        const found = chunk.indexOf(time === undefined ? NEWLINE : SPACE, at);
        const part = chunk.subarray(at, found === -1 ? chunk.length : found + 1);
        at += part.length;
        if (time === undefined) {
          const told = part.subarray(Math.min(part.length, leftOut));
          leftOut -= part.length - told.length;
          this.#bytes += told.length;
          fresh.push(told);
          if (found !== -1) time = '';
        } else {
          time += Buffer.from(part).toString('latin1');
          if (found === -1) continue;
          leftOut = begin(time.trimEnd());
          time = undefined;
        }
      }
      return Buffer.concat(fresh);
    };
  }

  /** Is told the time of each line, and gives how many bytes of it are to be left out. */
  #beginner(): (time: string) => number {
    const last = { time: this.#time, lines: this.#lines, bytes: this.#bytes };
    let isAhead = last.time === '';
    let lines = 0;
    return (time) => {
      // The kubelet's own words, which are no line of the log.
      if (!TIME.test(time)) return Number.POSITIVE_INFINITY;
      if (!isAhead) {
        const distance = compare(time, last.time);
        if (distance < 0) return Number.POSITIVE_INFINITY;
        if (distance === 0) {
          lines += 1;
          if (lines < last.lines) return Number.POSITIVE_INFINITY;
          if (lines === last.lines) return last.bytes;
        }
        isAhead = true;
      }
      this.#lines = time === this.#time ? this.#lines + 1 : 1;
      this.#time = time;
      this.#bytes = 0;
      return 0;
    };
  }
}

const [NEWLINE, SPACE] = [0x0a, 0x20];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\S+$/;

/** Nanoseconds are more than a date has. */
function compare(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b) || fractionOf(a) - fractionOf(b);
}

function fractionOf(time: string): number {
  return Number(/\.\d+/.exec(time)?.[0] ?? 0);
}
