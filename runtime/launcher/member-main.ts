import process from 'node:process';
import { runMember } from './run-member.ts';

/** The guard alone, small enough to come as a file of a Secret: `launcher.mjs member HOST PORT SECONDS -- COMMAND…`. */
const [verb, ...args] = process.argv.slice(2);
if (verb !== 'member') process.exit(2);
const variables = Object.entries(process.env);
const status = await runMember(args, {
  env: Object.fromEntries(variables.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
  onSignal: (listener) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, listener);
  },
});
process.exit(status);
