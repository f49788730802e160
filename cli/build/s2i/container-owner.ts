import { readFile, readlink, stat } from 'node:fs/promises';
import { findProcess, isRunning } from '../../../runtime/platform/local/process-table.ts';

/** The labels of a container of a build: what it is for, and whose it is, where this machine can say so. */
export async function containerLabels(): Promise<Readonly<Record<string, string>>> {
  const [place, self] = await Promise.all([readPlace(), readSelf()]);
  if (place === undefined || self === undefined) return ROLE;
  return { ...ROLE, [OWNER_LABEL]: [place, self.pid, self.startTicks].join(SEPARATOR) };
}

/** What all containers of builds have. */
export const ROLE = { 'hibana.dev/role': 'build' } as const;
/** `BOOT/NAMESPACE/USER/PID/START`: the machine since it was started, its process namespace, and a process there. */
export const OWNER_LABEL = 'hibana.dev/owner';
const SEPARATOR = '/';

/** Tells which owners are surely gone: a process of this user in this very process namespace, since this machine was started, that is no more. Of all
 *  others, be they of another machine, another container or another user, nobody here can know. */
export async function ownersGone(): Promise<(owner: string) => Promise<boolean>> {
  const place = await readPlace();
  return async (owner) => {
    if (place === undefined || !owner.startsWith(`${place}${SEPARATOR}`)) return false;
    const [pid, startTicks, ...more] = owner.slice(place.length + 1).split(SEPARATOR);
    if (more.length > 0 || !isNumber(pid) || !isNumber(startTicks)) return false;
    return !(await isRunning({ pid: Number(pid), startTicks: Number(startTicks) }));
  };
}

function isNumber(text: string | undefined): boolean {
  return /^[1-9]\d*$/.test(text ?? '');
}

/** The user is part of it: a machine may hide the processes of all others. `undefined` where the kernel does not say (it is no Linux). */
async function readPlace(): Promise<string | undefined> {
  try {
    const [boot, namespace, { uid }] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
      stat('/proc/self'),
    ]);
    return [boot.trim(), namespace.replace(/\D/g, ''), uid].join(SEPARATOR);
  } catch {
    return undefined;
  }
}

async function readSelf() {
  const pid = await readlink('/proc/self').catch(() => undefined);
  return pid === undefined ? undefined : findProcess(Number(pid));
}
