import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ContainerHost, ContainerSpec } from '../../cli/build/s2i/build-container.ts';
import { systemCode } from '../../runtime/core/errors.ts';

export interface ShellContainer {
  readonly spec: ContainerSpec;
  readonly pid: number;
  isDeleted: boolean;
}

/** Runs the command of a "container" as a plain process, its folders in memory being folders of `secrets`. Changes nothing of any image. */
export class ShellContainerHost implements ContainerHost {
  readonly started: ShellContainer[] = [];
  /** What `archive` finds. */
  archives: Readonly<Record<string, () => Readable>> = {};
  readonly #secrets: string;

  constructor(secrets: string) {
    this.#secrets = secrets;
  }

  async start(spec: ContainerSpec, onLine: (line: string) => void) {
    await mkdir(this.#secrets, { recursive: true });
    const [file = '', ...args] = spec.command.map((word) => (spec.memoryFolders.includes(word) ? this.#secrets : word));
    const env = Object.fromEntries(
      spec.env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
    const child = spawn(file, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const container: ShellContainer = { spec, pid: child.pid ?? 0, isDeleted: false };
    this.started.push(container);
    for (const output of [child.stdout, child.stderr]) createInterface(output).on('line', onLine);
    const ended = once(child, 'close').then(([status]) => (typeof status === 'number' ? status : 137));
    return {
      input: child.stdin,
      ended,
      changes: async () => [],
      readArchive: async <T>(path: string, read: (archive: Readable) => Promise<T>) => {
        const archive = this.archives[path]?.();
        return archive && (await read(archive));
      },
      [Symbol.asyncDispose]: async () => {
        endGroup(container.pid);
        await ended;
        container.isDeleted = true;
      },
    };
  }
}

/** As the end of a container ends all that runs there. */
function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    if (systemCode(error) !== 'ESRCH') throw error;
  }
}
