import type { Cluster } from '../core/cluster.ts';
import { type Ctx, withSignal } from '../core/context.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import type { DriverEnd, RunDriver } from './launch.ts';

/** The driver of a cluster whose master still starts: it gets as far as it can by itself, and the user's code begins when it is told to.
 *  Should the master move, another driver takes its place. */
export class EarlyDriver {
  readonly #request: LaunchRequest;
  readonly #runDriver: RunDriver;
  readonly #ctx: Ctx;
  readonly #begin = Promise.withResolvers<void>();
  #replace = new AbortController();
  #master: string | undefined;
  #end: Promise<DriverEnd> | undefined;

  constructor(request: LaunchRequest, runDriver: RunDriver, ctx: Ctx) {
    this.#request = request;
    this.#runDriver = runDriver;
    this.#ctx = ctx;
  }

  /** Starts the driver for this master, and ends one that was started for another. */
  start(cluster: Cluster): void {
    if (this.#master === cluster.master) return;
    this.#master = cluster.master;
    this.#replace.abort();
    this.#replace = new AbortController();
    const ctx = withSignal(this.#ctx, AbortSignal.any([this.#ctx.signal, this.#replace.signal]));
    const before = this.#end;
    this.#end = settled(before).then(() =>
      this.#runDriver(this.#request, cluster, ctx, { begin: this.#begin.promise }),
    );
    this.#end.catch(() => {});
  }

  /** Lets the user's code begin on this cluster, and resolves with how the driver ended. */
  begin(cluster: Cluster): Promise<DriverEnd> {
    this.start(cluster);
    this.#begin.resolve();
    return this.#end as Promise<DriverEnd>;
  }

  /** Resolves when there is no driver any more; `ctx.signal` has aborted, or it ended. */
  async ended(): Promise<void> {
    await settled(this.#end);
  }
}

async function settled(promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.allSettled([promise]);
}
