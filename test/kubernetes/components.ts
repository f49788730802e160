import { join } from 'node:path';
import type { Component } from './component.ts';
import { NODE, PORTS } from './configuration.ts';
import type { Enclosure } from './enclosure.ts';
import type { Programs } from './programs.ts';

export type ComponentName =
  | 'registry'
  | 'containerd'
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kube-proxy'
  | 'coredns';

/** What runs in a cluster. What listens on 127.0.0.1 does so in the namespaces of the cluster, where containers of pods do not come. */
export function componentsOf(
  { folder, addresses }: Pick<Enclosure, 'folder' | 'addresses'>,
  programs: Programs,
): Readonly<Record<ComponentName, Component>> {
  const configuration = (name: string): string => join(folder, 'configuration', name);
  const certificate = (name: string): string => join(folder, 'certificates', name);
  const own = (name: ComponentName, flags: Flags): Component => {
    return { name, program: programs.kubernetes, args: [name, ...flagsOf(flags)] };
  };
  const kubeconfig = (name: ComponentName) => ({ kubeconfig: certificate(`${name}.kubeconfig`) });
  const etcd = 'http://127.0.0.1:2379';
  const peer = 'http://127.0.0.1:2380';
  return {
    registry: { name: 'registry', program: 'docker-registry', args: ['serve', configuration('registry.json')] },
    containerd: { name: 'containerd', program: 'containerd', args: ['--config', configuration('containerd.toml')] },
    etcd: own('etcd', {
      ...{ name: NODE, 'data-dir': join(folder, 'etcd'), 'log-level': 'warn' },
      ...{ 'listen-client-urls': etcd, 'advertise-client-urls': etcd, 'listen-peer-urls': peer },
      ...{ 'initial-advertise-peer-urls': peer, 'initial-cluster': `${NODE}=${peer}` },
      'listen-metrics-urls': `http://${addresses.node}:${PORTS.etcd}`,
      // What it keeps does not outlive this machine.
      'unsafe-no-fsync': 'true',
    }),
    'kube-apiserver': own('kube-apiserver', {
      ...{ 'bind-address': addresses.node, 'advertise-address': addresses.node, 'etcd-servers': etcd },
      ...{ 'service-cluster-ip-range': addresses.services, 'authorization-mode': 'Node,RBAC' },
      'enable-admission-plugins': 'NodeRestriction',
      ...{ 'client-ca-file': certificate('ca.crt'), 'tls-cert-file': certificate('apiserver.crt') },
      'tls-private-key-file': certificate('apiserver.key'),
      'kubelet-preferred-address-types': 'InternalIP',
      'kubelet-client-certificate': certificate('apiserver-kubelet.crt'),
      'kubelet-client-key': certificate('apiserver-kubelet.key'),
      'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
      'service-account-key-file': certificate('accounts.key'),
      'service-account-signing-key-file': certificate('accounts.key'),
      profiling: 'false',
    }),
    'kube-controller-manager': own('kube-controller-manager', {
      ...kubeconfig('kube-controller-manager'),
      ...{ 'root-ca-file': certificate('ca.crt'), 'service-account-private-key-file': certificate('accounts.key') },
      ...{ 'use-service-account-credentials': 'true', 'leader-elect': 'false', profiling: 'false', 'secure-port': '0' },
      'flex-volume-plugin-dir': join(folder, 'volume-plugins'),
      // With the usual 20 it takes 4 s to make its own accounts at the first start.
      ...{ 'kube-api-qps': '200', 'kube-api-burst': '400' },
    }),
    'kube-scheduler': own('kube-scheduler', {
      ...kubeconfig('kube-scheduler'),
      ...{ 'leader-elect': 'false', profiling: 'false', 'secure-port': '0' },
    }),
    kubelet: own('kubelet', {
      ...kubeconfig('kubelet'),
      ...{ config: configuration('kubelet.json'), 'hostname-override': NODE, 'node-ip': addresses.node },
      ...{ 'root-dir': join(folder, 'kubelet'), 'cert-dir': join(folder, 'kubelet', 'certificates') },
    }),
    'kube-proxy': own('kube-proxy', { config: configuration('proxy.json') }),
    coredns: { name: 'coredns', program: programs.kubernetes, args: ['coredns', '-conf', configuration('Corefile')] },
  };
}

type Flags = Readonly<Record<string, string>>;

function flagsOf(flags: Flags): readonly string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}
