/** What each template needs. Quantities are in Kubernetes' own notation: `1500m`, `1073741824`. */
export interface TemplateValues {
  readonly member: MemberValues;
  readonly job: JobValues;
  readonly install: InstallValues;
}

export type TemplateName = keyof TemplateValues;

/** A master or a worker: a bare pod without its name, its command and its owner, which the launcher adds. */
export interface MemberValues {
  readonly role: 'master' | 'worker';
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly cpuRequest: string;
  /** `null`: no limit. */
  readonly cpuLimit: string | null;
  readonly memory: string;
  readonly pullSecrets: readonly string[];
  readonly env: readonly Variable[];
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** A run: a Job of one pod, in which the launcher is beside the driver. */
export interface JobValues {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount: string;
  readonly launcherImage: string;
  readonly image: string;
  readonly request: string;
  readonly driverMemory: string;
  readonly driverCpu: string;
  readonly driverScript: string;
  /** Of a second: for how many the driver waits for its launcher. */
  readonly waitTenths: string;
  readonly graceSeconds: number;
  readonly ttlSeconds: number;
  readonly pullSecrets: readonly string[];
  readonly env: readonly Variable[];
  /** Of a service; `null`: none. */
  readonly port: number | null;
}

/** What an administrator gives a namespace once. */
export interface InstallValues {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
}
