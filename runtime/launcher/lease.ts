import type { ClusterProvider } from '../core/cluster.ts';
import { type Ctx, withSignal } from '../core/context.ts';
import { errorMessage } from '../core/errors.ts';
import { step } from '../core/events.ts';

const DELETE_DEADLINE_MS = 30_000;

/** Owns the *name* of a cluster, from before the first call that creates it. Disposing deletes whatever has come into being
 *  under it, half-made or whole, under a deadline of its own; a deletion that fails is told and never turns a good job bad. */
export class ClusterLease implements AsyncDisposable {
  readonly #provider: ClusterProvider;
  readonly #name: string;
  readonly #ctx: Ctx;
  #isOurs = true;

  constructor(provider: ClusterProvider, name: string, ctx: Ctx) {
    this.#provider = provider;
    this.#name = name;
    this.#ctx = ctx;
  }

  /** The name turned out to be somebody else's: nothing under it is deleted. */
  disown(): void {
    this.#isOurs = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOurs) return;
    const ctx = withSignal(this.#ctx, AbortSignal.timeout(DELETE_DEADLINE_MS));
    await step(ctx, 'cleanup', async () => {
      await this.#provider.delete(this.#name, ctx);
      return { result: undefined, detail: 'cluster deleted' };
    }).catch((error: unknown) => {
      ctx.emit({
        type: 'notice',
        level: 'warning',
        message: `Cannot delete the cluster "${this.#name}": ${errorMessage(error)}`,
        hint: 'Run "hibana cluster prune"',
      });
    });
  }
}
