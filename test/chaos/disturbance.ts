import { execFile } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Disturbed {
  /** Seconds that every process of the run has its wall clock off by. */
  readonly shiftS: number;
  /** What a file of the run takes longer: to be opened, made, renamed or removed; to be written to; to be brought to the disk. */
  readonly pathMs: number;
  readonly writeMs: number;
  readonly syncMs: number;
}

export interface Disturbance {
  /** For the environment of the CLI; what it starts inherits it. */
  readonly env: Readonly<Record<string, string>>;
  /** Takes effect at once, in processes that run already too. What is not named is as usual. */
  set(disturbed: Partial<Disturbed>): void;
}

/** Whether this machine has the C compiler that it takes. */
export async function hasCompiler(): Promise<boolean> {
  return promisify(execFile)('cc', ['--version']).then(
    () => true,
    () => false,
  );
}

/** Builds what disturbs the clock and the files of processes, and of nobody else on this machine: see disturb.c. */
export async function makeDisturbance(folder: string): Promise<Disturbance> {
  const settings = join(folder, 'disturbed');
  const library = join(folder, 'disturb.so');
  await writeFile(settings, toBytes({}));
  const paths = { SETTINGS: settings, LIBRARY: library, FOLDER: folder };
  const defines = Object.entries(paths).map(([name, path]) => `-D${name}=${JSON.stringify(path)}`);
  const source = join(import.meta.dirname, 'disturb.c');
  await promisify(execFile)('cc', ['-O1', '-shared', '-fPIC', ...defines, '-o', library, source, '-ldl']);
  return {
    env: { LD_PRELOAD: library },
    set: (disturbed) => {
      // In place: the processes have this very file in their memory.
      const file = openSync(settings, 'r+');
      writeSync(file, toBytes(disturbed));
      closeSync(file);
    },
  };
}

/** `struct settings` of disturb.c. */
function toBytes({ shiftS = 0, pathMs = 0, writeMs = 0, syncMs = 0 }: Partial<Disturbed>): Buffer {
  return Buffer.from(BigInt64Array.from([shiftS, pathMs, writeMs, syncMs], BigInt).buffer);
}
