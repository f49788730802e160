import { setTimeout as pause } from 'node:timers/promises';
import type { AppContext } from '../../commands/command.ts';
import { write } from '../../report/write.ts';
import { leaseFolder } from '../lease-folder.ts';
import type { Deployments } from '../open-deployments.ts';
import { quietCtx } from '../quiet-ctx.ts';
import type { Run } from '../records.ts';
import { settleRun } from '../settle-run.ts';
import { findDriverPage, forwardPage } from './forward-page.ts';

const POLL_MS = 500;

/** Says where the page of Spark of a run in Docker answers, and has it answer there until the run ends, or Ctrl-C is pressed. `false`: there is none,
 *  and nothing was said. */
export async function openDriverPage(run: Run, deployments: Deployments, app: AppContext): Promise<boolean> {
  const ctx = quietCtx(app);
  const address = await findDriverPage(leaseFolder(deployments.stateFolder, run.run), run.run, ctx);
  if (address === undefined) return false;
  await using page = await forwardPage(address);
  const stop = new AbortController();
  using _signals = app.onSignal(() => stop.abort());
  const { url } = page;
  await app.writeResult({ text: url, data: { application: run.application, run: run.run, url } });
  await write(app.stderr, `It answers there until the run ends, or Ctrl-C is pressed\n`);
  while (!stop.signal.aborted && (await settleRun(run, deployments, ctx)).status === 'running') {
    await pause(POLL_MS, undefined, { signal: stop.signal }).catch(() => {});
  }
  return true;
}
