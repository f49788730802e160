/** By these everything that hibana makes on a platform is found again. The same keys on Docker and on Kubernetes. */
export const LABELS = {
  app: 'hibana.dev/app',
  revision: 'hibana.dev/revision',
  /** The run that it ends with; a shared cluster has none. */
  run: 'hibana.dev/run',
  /** Of what ends with a run: whose that is, where several users of a platform have runs of the same id. */
  owner: 'hibana.dev/owner',
  cluster: 'hibana.dev/cluster',
  role: 'hibana.dev/role',
  /** Of a worker: counted from 1, never used twice in a cluster. */
  index: 'hibana.dev/index',
  /** The launcher whose it is, by its container or pod. */
  launcher: 'hibana.dev/launcher',
  /** What a cluster is, as JSON. */
  description: 'hibana.dev/description',
} as const;

export type ObjectRole =
  | 'launcher'
  | 'driver'
  | 'master'
  | 'worker'
  | 'network'
  | 'work'
  | 'member'
  | 'secret'
  | 'request'
  | 'revision'
  | 'run';

export interface Labelled {
  readonly role: ObjectRole;
  readonly app?: string | undefined;
  readonly run: string | null;
  readonly owner?: string | undefined;
  readonly cluster: string | null;
  readonly launcher?: string | undefined;
  readonly index?: number | undefined;
}

/** The labels of one object: ours, and those by which every tool groups what belongs together.
 *  Source: "Recommended Labels" of Kubernetes. */
export function labelsOf({
  role,
  app,
  run,
  owner,
  cluster,
  launcher,
  index,
}: Labelled): Readonly<Record<string, string>> {
  const instance = run ?? cluster;
  const all: Readonly<Record<string, string | null | undefined>> = {
    [LABELS.role]: role,
    [LABELS.app]: app,
    [LABELS.run]: run,
    [LABELS.owner]: owner,
    [LABELS.cluster]: cluster,
    [LABELS.launcher]: launcher,
    [LABELS.index]: index === undefined ? undefined : String(index),
    'app.kubernetes.io/name': app ?? 'spark',
    'app.kubernetes.io/instance': instance,
    'app.kubernetes.io/component': role,
    'app.kubernetes.io/part-of': app ?? cluster,
    'app.kubernetes.io/managed-by': 'hibana',
  };
  return Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value == null ? [] : [[key, value]])));
}
