/** Changes that are pushed from one side and iterated on the other; nothing is lost between two reads. */
export interface ChangeStream<T> {
  push(change: T): void;
  end(): void;
  /** One reader; ends when the stream does or the signal aborts. */
  read(signal: AbortSignal): AsyncIterable<T>;
}

export function createChangeStream<T>(): ChangeStream<T> {
  const waiting: T[] = [];
  let ended = false;
  let wake = Promise.withResolvers<void>();

  const notify = (): void => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };

  return {
    push: (change) => {
      waiting.push(change);
      notify();
    },
    end: () => {
      ended = true;
      notify();
    },
    read: async function* (signal) {
      const onAbort = (): void => notify();
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        while (!signal.aborted) {
          const next = waiting.shift();
          if (next !== undefined) yield next;
          else if (ended) return;
          else await wake.promise;
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}
