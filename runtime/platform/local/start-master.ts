import type { Ctx } from '../../core/context.ts';
import { ToolError } from '../../core/errors.ts';
import { waitFor } from '../../core/wait.ts';
import { readMasterPage } from '../master-page.ts';
import { describeEnd, type RecordedChild, startRecorded } from './child-process.ts';
import { LOOPBACK, type MemberContext, type MemberPorts, masterCommand } from './member-command.ts';
import { chooseFreePorts, isFree } from './ports.ts';

export interface MasterStart {
  readonly context: MemberContext;
  readonly files: { readonly log: string; readonly records: string };
  /** For it to answer. */
  readonly deadlineMs: number;
  /** `null` chooses free ones, and others again when somebody takes one in between. */
  readonly ports: MemberPorts | null;
  /** Called with its address and its web page when a master has been started there. */
  readonly onAddress?: (url: string, webUi: string) => void;
}

export interface StartedMaster {
  readonly process: RecordedChild;
  readonly ports: MemberPorts;
  readonly url: string;
  readonly webUi: string;
}

const ATTEMPTS = 3;
const POLL_MS = 25;

/** Starts a master and resolves when it is ALIVE.
 *  @throws {ToolError} CLUSTER_FAILED, CLUSTER_TIMEOUT, PORT_IN_USE where the ports were given */
export async function startMaster(start: MasterStart, ctx: Ctx): Promise<StartedMaster> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryStart(start, ctx);
    if ('url' in result) return result;
    if (result.takenPort !== undefined && start.ports !== null) {
      throw new ToolError('PORT_IN_USE', `Cannot start the master on port ${result.takenPort}: it is taken`);
    }
    if (result.takenPort === undefined || attempt === ATTEMPTS) {
      throw new ToolError('CLUSTER_FAILED', `Cannot start the master: it ${result.how}`, {
        details: { log: start.files.log },
      });
    }
  }
}

interface EarlyEnd {
  readonly how: string;
  readonly takenPort: number | undefined;
}

async function tryStart(
  { context, files, deadlineMs, ports, onAddress }: MasterStart,
  ctx: Ctx,
): Promise<StartedMaster | EarlyEnd> {
  const [rpc = 0, webUiPort = 0] = ports === null ? await chooseFreePorts(2) : [ports.rpc, ports.webUi];
  const master = await startRecorded(masterCommand(context, { rpc, webUi: webUiPort }), 'master', files);
  let end: string | undefined;
  void master.ended.then((how) => {
    end = describeEnd(how);
  });
  const webUi = `http://${LOOPBACK}:${webUiPort}`;
  const url = `spark://${LOOPBACK}:${rpc}`;
  onAddress?.(url, webUi);
  const answered = await waitFor(
    { what: 'the master to answer', step: 'cluster', deadlineMs, intervalMs: POLL_MS, code: 'CLUSTER_TIMEOUT' },
    async () => {
      if (end !== undefined) return { done: true, value: false };
      const seen = await readMasterPage(webUi, ctx.signal);
      // The port may have been taken in between, by the master of another run.
      const status = seen?.master === url ? seen.status : undefined;
      return status === 'ALIVE' ? { done: true, value: true } : { done: false, lastSeen: status ?? 'no answer yet' };
    },
    ctx,
  );
  if (answered) return { process: master, ports: { rpc, webUi: webUiPort }, url, webUi };
  const free = await Promise.all([rpc, webUiPort].map((port) => isFree(port)));
  return { how: end ?? '', takenPort: [rpc, webUiPort].find((_, index) => free[index] === false) };
}
