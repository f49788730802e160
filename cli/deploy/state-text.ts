import { formatElapsed } from '../report/format.ts';
import { table } from '../report/table.ts';
import { serviceUrl } from './health.ts';
import { type ApplicationState, platformOf } from './read-state.ts';
import type { Run } from './records.ts';

/** How an application stands, for people. */
export function stateText(state: ApplicationState): string {
  const { name, state: word, problem, live, running, lastRun } = state;
  const kind = (live ?? state.newest)?.kind ?? 'unknown';
  const url = live?.kind === 'service' ? serviceUrl(live) : undefined;
  const rows: readonly (readonly [string, string])[] = [
    ['state', problem === null ? word : `${word}: ${problem}`],
    ['kind', kind],
    ['platform', platformOf(state) ?? 'unknown'],
    ...(live === null
      ? []
      : ([
          ['revision', `${live.revision}, ${live.status} since ${live.createdAt.slice(0, 19).replace('T', ' ')} UTC`],
          ['source', [live.source.text, live.source.description].filter(isNew).join(' · ')],
          ['spark', live.launch.app.spark],
        ] as const)),
    ...(url === undefined ? [] : ([['url', url]] as const)),
    ...(running.length === 0 ? [] : ([['running', running.map(({ run }) => run).join(', ')]] as const)),
    ...(lastRun === null || running.length > 0 ? [] : ([['last run', runText(lastRun)]] as const)),
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return [name, ...rows.map(([what, text]) => `  ${what.padEnd(width)}  ${text}`)].join('\n');
}

function isNew(text: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(text) === index;
}

function runText({ run, status, startedAt, finishedAt, reason }: Run): string {
  const took = finishedAt === null ? '' : ` after ${formatElapsed(Date.parse(finishedAt) - Date.parse(startedAt))}`;
  return `${run}: ${status}${took}${reason === null ? '' : ` (${reason.message})`}`;
}

export async function listText(states: readonly ApplicationState[]): Promise<string> {
  if (states.length === 0) return 'nothing is deployed';
  const rows = states.map((one) => {
    const { name, state, problem, live, newest, lastRun } = one;
    return [
      name,
      (live ?? newest)?.kind ?? '-',
      platformOf(one) ?? '-',
      state,
      live === null ? '-' : String(live.revision),
      live?.source.commit?.slice(0, 7) ?? '-',
      lastRun === null ? '-' : lastRun.startedAt.slice(0, 19).replace('T', ' '),
      problem ?? '',
    ];
  });
  return table(['NAME', 'KIND', 'PLATFORM', 'STATE', 'REVISION', 'COMMIT', 'LAST RUN (UTC)', 'PROBLEM'], rows);
}
