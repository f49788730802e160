import { join } from 'node:path';
import { clusterLabel } from '../core/cluster-properties.ts';
import type { LaunchRequest } from '../core/launch-env.ts';
import { LeaseFile, type Outcome } from '../core/lease-directory.ts';
import type { EventLog } from './event-log.ts';
import { judge, type LaunchResult } from './outcome.ts';

export interface Ended {
  readonly request: LaunchRequest;
  readonly result: LaunchResult;
  readonly log: EventLog;
  readonly leaseDirectory: string;
  readonly leftovers: readonly string[];
  readonly finishedAt: number;
}

/** What is written down of a run that has ended. */
export function describeOutcome({ request, result, log, leaseDirectory, leftovers, finishedAt }: Ended): Outcome {
  const jobStarted = log.steps.some(({ step }) => step === 'job');
  return {
    schema: 'hibana.outcome/v1',
    run: request.run,
    ...judge(result, jobStarted),
    startedAt: request.prepared.startedAt,
    finishedAt: new Date(finishedAt).toISOString(),
    steps: [...request.prepared.steps, ...log.steps],
    cluster: clusterLabel(request.cluster),
    logs: join(leaseDirectory, LeaseFile.logs),
    leftovers: [...leftovers],
  };
}
