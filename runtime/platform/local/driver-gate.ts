import { access, constants, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Holds a driver where Spark's JVM has started and Python would begin with the user's code. */
export interface DriverGate {
  /** For the driver. */
  readonly env: Readonly<Record<string, string>>;
  /** Removing a file succeeds on a full disk too. */
  readonly open: () => Promise<void>;
}

/** The gate stands in for `python` (PYSPARK_DRIVER_PYTHON) and becomes it. Its files are in `folder`; `undefined` where no program can be run from there. */
export async function makeGate(python: string, folder: string): Promise<DriverGate | undefined> {
  const [closed, program] = [join(folder, 'gate-closed'), join(folder, 'gate')];
  const lines = [
    '#!/bin/sh',
    // Whatever PATH the job is given.
    `while [ -e ${quote(closed)} ]; do PATH=/usr/bin:/bin sleep 0.05 || exit 1; done`,
    `PYSPARK_DRIVER_PYTHON=${quote(python)} exec ${quote(python)} "$@"`,
  ];
  await writeFile(closed, '');
  await writeFile(program, `${lines.join('\n')}\n`, { mode: 0o700 });
  const isRunnable = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!isRunnable) return undefined;
  return { env: { PYSPARK_DRIVER_PYTHON: program }, open: () => rm(closed, { force: true }) };
}

function quote(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}
