import type { Ctx } from '../../runtime/core/context.ts';
import { type Check, failure, ok } from './check.ts';

const LEAST_NODE = 24;

/** The Node that runs this program and its launcher. `version` gives what `node --version` prints, `undefined` when it does not run. */
export function nodeCheck(version: (ctx: Ctx) => Promise<string | undefined>): Check {
  return {
    name: 'Node',
    run: async (ctx) => {
      const number = (await version(ctx))?.trim().replace(/^v/, '') ?? 'does not run';
      if (Number.parseInt(number, 10) >= LEAST_NODE) return ok(number);
      const remedy = `Start hibana by its wrapper, which brings its own Node, or install Node ${LEAST_NODE} or newer`;
      return failure(`${number}; hibana needs ${LEAST_NODE} or newer`, remedy);
    },
  };
}
