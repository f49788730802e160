import { type Check, failure, ok, warning } from './check.ts';

export interface PortProbe {
  /** Ports from which those of a cluster are chosen: below those that connections take. */
  range(): Promise<{ readonly first: number; readonly last: number }>;
  /** Whether a program can listen on this port of 127.0.0.1; 0 is any. */
  isFree(port: number): Promise<boolean>;
}

const SAMPLES = 64;
/** Of the sample; a run looks for its ports 200 times. */
const ENOUGH_SHARE = 0.25;

/** Whether a cluster finds its ports: on the loopback address, in the range that hibana chooses from. Tries 64 of them. */
export function portsCheck(probe: PortProbe): Check {
  return {
    name: 'ports',
    run: async () => {
      if (!(await probe.isFree(0))) {
        return failure('nothing can listen on 127.0.0.1', 'Bring the loopback interface up: ip link set lo up');
      }
      const { first, last } = await probe.range();
      const ports = Array.from(
        { length: SAMPLES },
        (_, index) => first + Math.floor((index * (last - first)) / SAMPLES),
      );
      const free = (await Promise.all(ports.map((port) => probe.isFree(port)))).filter(Boolean).length;
      const share = free / SAMPLES;
      const detail = `${Math.round(share * 100)} % free on 127.0.0.1 from ${first} to ${last}`;
      if (free === 0) return failure(detail, 'End programs that listen on many ports');
      return share < ENOUGH_SHARE ? warning(detail, 'End programs that listen on many ports') : ok(detail);
    },
  };
}
