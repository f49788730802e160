import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster, ClusterSpec, MemberChange, MemberId } from '../../core/cluster.ts';
import type { Ctx } from '../../core/context.ts';
import { LeaseFile } from '../../core/lease-directory.ts';
import { type ChangeStream, createChangeStream } from './change-stream.ts';
import { describeEnd, type RecordedChild, startRecorded } from './child-process.ts';
import { writeMemberFiles } from './cluster-folder.ts';
import { daemonProperties, type MemberContext, workerCommand } from './member-command.ts';
import { chooseFreePorts } from './ports.ts';
import { startMaster } from './start-master.ts';

export interface LocalClusterOptions {
  readonly context: MemberContext;
  readonly spec: ClusterSpec;
  /** For the master to answer. */
  readonly deadlineMs: number;
}

/** A master and its workers, as children of this process. */
export class LocalCluster {
  readonly #options: LocalClusterOptions;
  readonly #changes: ChangeStream<MemberChange> = createChangeStream();
  readonly #workers = new Map<number, RecordedChild>();
  #workersStarted = 0;
  #ending = false;
  #cluster: Cluster | undefined;

  constructor(options: LocalClusterOptions) {
    this.#options = options;
  }

  get changes(): ChangeStream<MemberChange> {
    return this.#changes;
  }

  get cluster(): Cluster | undefined {
    return this.#cluster;
  }

  /** Where the members' logs are. */
  get logs(): string {
    return this.#inOwner(LeaseFile.logs);
  }

  /** Starts the master and resolves when it is ALIVE; a port that somebody took in between is answered with another.
   *  `onAddress` is told at once where it is.
   *  @throws {ToolError} CLUSTER_FAILED, CLUSTER_TIMEOUT */
  async start(ctx: Ctx, onAddress: (cluster: Cluster) => void = () => {}): Promise<Cluster> {
    const { context, spec, deadlineMs } = this.#options;
    const at = (master: string, webUi: string): Cluster => {
      return { name: spec.name, master, webUi, secret: context.secret, spark: context.spark };
    };
    await mkdir(this.logs, { recursive: true, mode: 0o700 });
    await writeMemberFiles(context.folder, daemonProperties(spec.conf));
    const { process, url, webUi } = await startMaster(
      {
        ...{ context, files: this.#files('master'), deadlineMs, ports: null },
        onAddress: (url, webUi) => onAddress(at(url, webUi)),
      },
      ctx,
    );
    const cluster = at(url, webUi);
    this.#cluster = cluster;
    this.#changes.push({ member: { role: 'master', index: 0 }, state: 'started' });
    void process.ended.then((how) => this.#onEnd({ role: 'master', index: 0 }, describeEnd(how)));
    return cluster;
  }

  /** Starts workers, or stops the newest, until `wanted` run. */
  async scale(wanted: number): Promise<void> {
    const surplus = [...this.#workers.keys()].sort((a, b) => a - b).slice(wanted);
    for (const index of surplus) {
      const worker = this.#workers.get(index);
      this.#workers.delete(index);
      worker?.kill();
      await worker?.ended;
    }
    const missing = wanted - this.#workers.size;
    const ports = await chooseFreePorts(2 * Math.max(missing, 0));
    for (let number = 0; number < missing; number += 1) {
      await this.#startWorker({ rpc: ports[2 * number] ?? 0, webUi: ports[2 * number + 1] ?? 0 });
    }
  }

  /** From here on the end of a member is what was wanted. */
  end(): void {
    this.#ending = true;
    this.#changes.end();
  }

  async #startWorker(ports: { rpc: number; webUi: number }): Promise<void> {
    const { context, spec } = this.#options;
    if (this.#ending || !this.#cluster) return;
    this.#workersStarted += 1;
    const index = this.#workersStarted;
    const command = workerCommand(context, ports, this.#cluster.master, index, spec.worker);
    const worker = await startRecorded(command, `worker-${index}`, this.#files(`worker-${index}`));
    this.#workers.set(index, worker);
    this.#changes.push({ member: { role: 'worker', index }, state: 'started' });
    void worker.ended.then((how) => {
      if (this.#workers.delete(index)) this.#onEnd({ role: 'worker', index }, describeEnd(how));
    });
  }

  #onEnd(member: MemberId, reason: string): void {
    if (!this.#ending && this.#cluster) this.#changes.push({ member, state: 'lost', reason });
  }

  #files(name: string): { log: string; records: string } {
    return { log: this.#log(name), records: this.#inOwner(LeaseFile.processes) };
  }

  #log(name: string): string {
    return join(this.logs, `${name}.log`);
  }

  #inOwner(name: string): string {
    return join(this.#options.spec.owner?.directory ?? this.#options.context.folder.root, name);
  }
}
