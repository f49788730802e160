import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { CNI_PLUGINS } from './configuration.ts';
import { canBuildPrograms, findPrograms } from './programs.ts';

const PROGRAMS = [
  ...['containerd', 'containerd-shim-runc-v2', 'runc', 'docker-registry', 'iptables', 'ip', 'openssl', 'flock'],
  ...['unshare', 'nsenter'],
];
const PLUGINS = ['ptp', 'portmap', 'host-local', 'loopback'].map((name) => join(CNI_PLUGINS, name));

/** What this machine lacks for a cluster, in words; nothing where one can be started, after a build where it has a Go. */
export function missingForKubernetes(): readonly string[] {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const hasProgram = (name: string): boolean => folders.some((folder) => existsSync(join(folder, name)));
  return [
    ...(process.getuid?.() === 0 ? [] : ['root']),
    ...PROGRAMS.filter((name) => !hasProgram(name)),
    ...PLUGINS.filter((path) => !existsSync(path)),
    ...(findPrograms() !== undefined || canBuildPrograms() ? [] : ['Go 1.26 or newer']),
  ];
}
