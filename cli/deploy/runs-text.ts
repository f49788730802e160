import { formatElapsed } from '../report/format.ts';
import { table } from '../report/table.ts';
import type { Run } from './records.ts';

/** The runs of an application for people. */
export async function runsText(runs: readonly Run[]): Promise<string> {
  if (runs.length === 0) return 'no runs';
  const rows = runs.map((run) => [
    run.run,
    run.status,
    run.jobStatus === null ? '-' : String(run.jobStatus),
    String(run.revision),
    run.startedAt.slice(0, 19).replace('T', ' '),
    run.finishedAt === null ? '-' : formatElapsed(Date.parse(run.finishedAt) - Date.parse(run.startedAt)),
    run.coreSeconds === null ? '-' : String(run.coreSeconds),
    run.gibSeconds === null ? '-' : String(run.gibSeconds),
    run.reason?.code ?? '-',
    run.args.join(' '),
  ]);
  const head = ['RUN', 'STATUS', 'JOB', 'REVISION', 'STARTED (UTC)', 'TOOK', 'CORE S', 'GIB S', 'REASON', 'ARGUMENTS'];
  return table(head, rows);
}
