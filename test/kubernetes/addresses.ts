/** What one cluster is called by on this machine: its number is in all of it. */
export interface Addresses {
  /** A link of this machine, and the group that all its containers are in. */
  readonly link: string;
  readonly cgroup: string;
  /** Where its pods and its node find this machine. */
  readonly host: string;
  /** Where this machine and its pods find its node. */
  readonly node: string;
  readonly pods: string;
  readonly services: string;
  readonly apiService: string;
  readonly dnsService: string;
  /** `10.233.7.2:5000` */
  readonly registry: string;
  /** `https://10.233.7.2:6443` */
  readonly apiServer: string;
}

export const CLUSTERS = 200;
const RANGES = ['10.233', '10.234', '10.235'] as const;
const API_PORT = 6443;
const REGISTRY_PORT = 5000;

/** Ranges that no other helper of the tests has: 10.231 and 10.232 are those of Docker daemons. */
export function addressesOf(number: number): Addresses {
  const [link, pods, services] = RANGES.map((range) => `${range}.${number}`);
  return {
    ...{ link: `hib-kube-${number}`, cgroup: `hibana-kubernetes-${number}` },
    ...{ host: `${link}.1`, node: `${link}.2`, pods: `${pods}.0/24`, services: `${services}.0/24` },
    ...{ apiService: `${services}.1`, dnsService: `${services}.10` },
    ...{ registry: `${link}.2:${REGISTRY_PORT}`, apiServer: `https://${link}.2:${API_PORT}` },
  };
}

/** The number that is tried first, and then those after it: processes that start at the same time begin elsewhere.
 *  `routes` is what `ip route` says; a number of which an address is in it is taken. */
export function freeNumbers(routes: string, pid: number): readonly number[] {
  const numbers = Array.from({ length: CLUSTERS }, (_, index) => (pid + index) % CLUSTERS);
  return numbers.filter((number) => !RANGES.some((range) => routes.includes(`${range}.${number}.`)));
}
