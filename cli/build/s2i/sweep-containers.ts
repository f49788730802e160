import type Docker from 'dockerode';
import { type Ctx, withSignal } from '../../../runtime/core/context.ts';
import { OWNER_LABEL, ownersGone, ROLE } from './container-owner.ts';

/** Deletes containers of builds whose owner is surely gone: what ended it came before their start, or its daemon ended too. Those of anybody who may be
 *  there yet stay. What cannot be deleted stays for the next build.
 *  Rejects with `signal.reason` on abort. */
export async function sweepContainers(docker: Docker, outer: Ctx): Promise<void> {
  const ctx = withSignal(outer, AbortSignal.any([outer.signal, AbortSignal.timeout(SWEEP_WITHIN_MS)]));
  try {
    const filters = { label: [...Object.entries(ROLE).map(([name, value]) => `${name}=${value}`), OWNER_LABEL] };
    const found = await docker.listContainers({ all: true, filters, abortSignal: ctx.signal });
    const isGone = await ownersGone();
    for (const { Id, Labels } of found) {
      if (!(await isGone(Labels[OWNER_LABEL] ?? ''))) continue;
      const options = { force: true, v: true, abortSignal: ctx.signal };
      // Another build may be deleting it too.
      await docker
        .getContainer(Id)
        .remove(options)
        .catch(() => {});
    }
  } catch {
    outer.signal.throwIfAborted();
  }
}

const SWEEP_WITHIN_MS = 15_000;
