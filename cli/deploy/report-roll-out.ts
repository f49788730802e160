import type { AppContext } from '../commands/command.ts';
import { revisionDocument, runDocument } from './documents.ts';
import { endRun, type Waiting } from './end-run.ts';
import { serviceUrl } from './health.ts';
import type { RolledOut } from './roll-out.ts';

/** Tells what became of a roll-out, and gives the status of the command: that of the job, where one was started and is waited for. */
export async function reportRollOut(
  { revision, changed, run }: RolledOut,
  waiting: Waiting,
  app: AppContext,
): Promise<number> {
  const { application: name, kind } = revision;
  const data = { changed, revision: revisionDocument(revision, revision.revision) };
  if (kind === 'job' && run !== null && changed && !waiting.isDetached)
    return endRun(run, revision, data, waiting, app);
  if (!changed) {
    const again = kind === 'job' ? `: "hibana start ${name}" runs it again` : '';
    const message = `Nothing has changed since revision ${revision.revision}${again}`;
    waiting.scope.ctx.emit({ type: 'notice', level: 'info', message });
  }
  await waiting.scope.reporter.close();
  const text = kind === 'service' ? (serviceUrl(revision) ?? name) : (run?.run ?? name);
  await app.writeResult({ text, data: { ...data, run: run === null ? null : runDocument(run) } });
  return 0;
}
