import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type {
  Cluster,
  ClusterProvider,
  ClusterSpec,
  ClusterStatus,
  ClusterWatcher,
  MemberChange,
  MemberId,
} from '../../runtime/core/cluster.ts';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { type ChangeStream, createChangeStream } from '../../runtime/platform/local/change-stream.ts';

interface FakeCluster {
  readonly spec: ClusterSpec;
  readonly page: Server;
  readonly changes: ChangeStream<MemberChange>;
  readonly workers: Set<number>;
  started: number;
  applications: number;
  cluster: Cluster | undefined;
}

const MASTER = 'spark://127.0.0.1:1';

/** Clusters in memory with a real status page, so that whoever reads it need not know. Passes the same contract as the real ones. */
export class FakeProvider implements ClusterProvider, ClusterWatcher {
  readonly clusters = new Map<string, FakeCluster>();
  /** Called in the middle of a creation, when something is there already: to fail, to wait, to abort. */
  whileCreating: (ctx: Ctx) => Promise<void> = async () => {};
  /** How many of the workers register. */
  registers: (started: number) => boolean = () => true;

  /** Where the master is said to be before it answers. */
  addresses: readonly string[] = [MASTER];

  async create(spec: ClusterSpec, ctx: Ctx, onAddress?: (cluster: Cluster) => void): Promise<Cluster> {
    ctx.signal.throwIfAborted();
    if (this.clusters.has(spec.name)) throw new ToolError('CLUSTER_EXISTS', `There is a cluster "${spec.name}"`);
    const fake = await this.#begin(spec);
    this.clusters.set(spec.name, fake);
    const webUi = `http://127.0.0.1:${(fake.page.address() as AddressInfo).port}`;
    const cluster = { name: spec.name, master: MASTER, webUi, secret: 'secret', spark: '4.2.1' };
    for (const master of this.addresses) onAddress?.({ ...cluster, master });
    await this.whileCreating(ctx);
    ctx.signal.throwIfAborted();
    fake.cluster = cluster;
    fake.changes.push({ member: { role: 'master', index: 0 }, state: 'started' });
    await this.scale(spec.name, spec.workers);
    return fake.cluster;
  }

  async find(name: string): Promise<Cluster | undefined> {
    return this.clusters.get(name)?.cluster;
  }

  async *list(): AsyncIterable<ClusterStatus> {
    for (const { spec, cluster } of this.clusters.values()) {
      yield {
        name: spec.name,
        platform: 'local',
        state: cluster ? 'ready' : 'starting',
        run: spec.owner?.run ?? null,
        master: cluster?.master ?? null,
        webUi: cluster?.webUi ?? null,
        workers: spec.workers,
        createdAt: new Date(0).toISOString(),
        shared: spec.lease === null,
        problem: null,
        spark: cluster?.spark ?? null,
        python: null,
      };
    }
  }

  async scale(name: string, workers: number): Promise<void> {
    const fake = this.clusters.get(name);
    if (!fake) throw new ToolError('CLUSTER_NOT_FOUND', `There is no cluster "${name}"`);
    for (const index of [...fake.workers].slice(workers)) fake.workers.delete(index);
    while (fake.workers.size < workers) {
      fake.started += 1;
      fake.workers.add(fake.started);
      fake.changes.push({ member: { role: 'worker', index: fake.started }, state: 'started' });
    }
  }

  async delete(name: string): Promise<void> {
    const fake = this.clusters.get(name);
    this.clusters.delete(name);
    fake?.changes.end();
    await new Promise((resolve) => (fake ? fake.page.close(resolve) : resolve(undefined)));
  }

  async *watch(name: string, ctx: Ctx): AsyncIterable<MemberChange> {
    const fake = this.clusters.get(name);
    if (fake) yield* fake.changes.read(ctx.signal);
  }

  lose(name: string, member: MemberId, reason: string): void {
    const fake = this.clusters.get(name);
    if (!fake) throw new Error(`no cluster "${name}"`);
    if (member.role === 'worker') fake.workers.delete(member.index);
    fake.changes.push({ member, state: 'lost', reason });
  }

  async #begin(spec: ClusterSpec): Promise<FakeCluster> {
    const page = createServer((_request, response) => {
      const alive = [...fake.workers].filter((index) => this.registers(index));
      const size = { cores: 1, coresfree: 1, memory: 640, memoryfree: 640 };
      const workers = alive.map((index) => ({ host: '127.0.0.1', port: index, state: 'ALIVE', ...size }));
      const activeapps = Array.from({ length: fake.applications }, (_, index) => ({ id: `app-${index}`, name: 'app' }));
      response.setHeader('connection', 'close');
      response.end(
        JSON.stringify({
          url: MASTER,
          status: 'ALIVE',
          aliveworkers: alive.length,
          workers,
          activeapps,
          completedapps: [],
        }),
      );
    });
    const fake: FakeCluster = {
      spec,
      page,
      changes: createChangeStream(),
      workers: new Set(),
      started: 0,
      applications: 0,
      cluster: undefined,
    };
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    return fake;
  }
}
