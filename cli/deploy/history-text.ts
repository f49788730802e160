import { table } from '../report/table.ts';
import type { Revision } from './records.ts';

/** The revisions of an application for people; the one that counts has a star. A roll-out that nobody is at any more was cut off. */
export async function historyText(
  revisions: readonly Revision[],
  live: number | null,
  { isBeingChanged }: { readonly isBeingChanged: boolean },
): Promise<string> {
  const [newest] = revisions;
  const status = (revision: Revision): string =>
    revision.status === 'rolling-out' && !(isBeingChanged && revision === newest) ? 'cut off' : revision.status;
  const rows = revisions.map((revision) => [
    `${revision.revision}${revision.revision === live ? '*' : ''}`,
    status(revision),
    triggerText(revision),
    revision.createdAt.slice(0, 19).replace('T', ' '),
    revision.source.description,
    revision.reason?.message ?? '',
  ]);
  return rows.length === 0
    ? 'no revisions'
    : table(['REVISION', 'STATUS', 'BY', 'MADE (UTC)', 'SOURCE', 'REASON'], rows);
}

function triggerText({ trigger }: Revision): string {
  return trigger.revision === null ? trigger.kind : `${trigger.kind} to ${trigger.revision}`;
}
