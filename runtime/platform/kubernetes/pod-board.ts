import type { V1Pod } from '@kubernetes/client-node';
import { type Ctx, withSignal } from '../../core/context.ts';
import type { KubernetesClient } from './kubernetes-client.ts';
import { watchPods } from './watch-pods.ts';

/** The pods that there are, by name, kept up to date by one watch: whoever wants to know of them looks here, and asks the server nothing. */
export class PodBoard implements AsyncDisposable {
  readonly #pods = new Map<string, V1Pod>();
  readonly #stop = new AbortController();
  readonly #known = Promise.withResolvers<void>();
  readonly #watching: Promise<void>;
  #failure: unknown;
  #changes = 0;
  #next = Promise.withResolvers<void>();

  /** `labels`: of the pods that it is for. */
  constructor(client: KubernetesClient, labels: string, outer: Pick<Ctx, 'emit' | 'now'>) {
    const ctx = withSignal({ ...outer, signal: this.#stop.signal }, this.#stop.signal);
    this.#known.promise.catch(() => {});
    this.#watching = this.#watch(client, labels, ctx);
  }

  /** Resolves when it knows all pods.
   *  @throws what watchPods throws */
  async known({ signal }: Pick<Ctx, 'signal'>): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      await Promise.race([this.#known.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  get pods(): readonly V1Pod[] {
    return [...this.#pods.values()];
  }

  pod(name: string): V1Pod | undefined {
    return this.#pods.get(name);
  }

  /** The pods now, and again after every change, until the signal aborts. Of several changes at once only the last is told.
   *  @throws what watchPods throws */
  async *changes({ signal }: Pick<Ctx, 'signal'>): AsyncIterable<readonly V1Pod[]> {
    await this.known({ signal });
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (let told = -1; !signal.aborted; ) {
        if (this.#failure !== undefined) throw this.#failure;
        if (told !== this.#changes) {
          told = this.#changes;
          yield this.pods;
        } else await Promise.race([this.#next.promise, aborted.promise]);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(client: KubernetesClient, labels: string, ctx: Ctx): Promise<void> {
    try {
      for await (const change of watchPods(client, labels, ctx)) {
        if (change.kind === 'all') {
          this.#pods.clear();
          for (const pod of change.pods) this.#put(pod);
          this.#known.resolve();
        } else if (change.kind === 'gone') this.#pods.delete(change.pod.metadata?.name ?? '');
        else this.#put(change.pod);
        this.#tell();
      }
    } catch (error) {
      this.#failure = error;
      this.#known.reject(error);
      this.#tell();
    }
  }

  #tell(): void {
    this.#changes += 1;
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  #put(pod: V1Pod): void {
    this.#pods.set(pod.metadata?.name ?? '', pod);
  }
}
