import type { Ctx } from '../core/context.ts';
import { step } from '../core/events.ts';
import type { DriverEnd } from './launch.ts';

/** The step `job`: the user's code, from its beginning to the end of the driver. */
export function runJob(run: () => Promise<DriverEnd>, ctx: Ctx): Promise<DriverEnd> {
  return step(ctx, 'job', async () => {
    const end = await run();
    return { result: end, detail: `status ${end.status}` };
  });
}
