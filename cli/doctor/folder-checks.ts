import { GIBIBYTE } from '../../runtime/core/quantity.ts';
import { type Check, failure, ok, warning } from './check.ts';

export interface FolderProbe {
  /** The folder itself, or the nearest one above that is there. */
  nearest(folder: string): Promise<string>;
  /** Whether a folder that is there can be written to. */
  isWritable(folder: string): Promise<boolean>;
  /** Bytes that this user may still use on the disk of a folder that is there. */
  freeBytes(folder: string): Promise<number>;
}

const ENOUGH_BYTES = 3 * GIBIBYTE;
const LEAST_BYTES = GIBIBYTE;

/** Whether `folder`, which need not be there yet, can be written to. `what` is `cache` or `state`. */
export function writableCheck(what: string, folder: string, probe: FolderProbe): Check {
  return {
    name: `${what} folder`,
    run: async () => {
      const there = await probe.nearest(folder);
      if (await probe.isWritable(there)) return ok(there === folder ? folder : `${folder}, will be made`);
      return failure(`cannot write to ${there}`, `Name a folder you may write to with ${variablesFor(what)}`);
    },
  };
}

/** Whether there is room for Spark, a JVM and dependencies (cache), or for logs and temporary files (state). */
export function diskCheck(what: string, folder: string, probe: FolderProbe): Check {
  return {
    name: `${what} disk`,
    run: async () => {
      const bytes = await probe.freeBytes(await probe.nearest(folder));
      const detail = `${(bytes / GIBIBYTE).toFixed(1)} GiB free for ${folder}`;
      const remedy = `Free some space (3 GiB are enough), or move the folder with ${variablesFor(what)}`;
      if (bytes < LEAST_BYTES) return failure(detail, remedy);
      return bytes < ENOUGH_BYTES ? warning(detail, remedy) : ok(detail);
    },
  };
}

function variablesFor(what: string): string {
  return `HIBANA_HOME or XDG_${what.toUpperCase()}_HOME`;
}
