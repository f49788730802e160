import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'smol-toml';
import type { Enclosure } from './enclosure.ts';
import { PAUSE_REPOSITORY } from './pause-image.ts';

/** Where Debian keeps them. */
export const CNI_PLUGINS = '/usr/lib/cni';
export const NODE = 'node';
/** What is asked of them is whether they are ready: `http://<node>:<port>`. */
export const PORTS = { etcd: 2381, proxy: 10256, dns: 8181 } as const;

/** Writes the files that the components read to `configuration/` of the folder. JSON is YAML. */
export async function writeConfiguration({ folder, addresses }: Enclosure): Promise<void> {
  const place = (name: string): string => join(folder, 'configuration', name);
  const registry = join('registries', addresses.registry, 'hosts.toml');
  await mkdir(place(join('registries', addresses.registry)), { recursive: true });
  await mkdir(place('cni'));
  const files = {
    'containerd.toml': stringify(containerd({ folder, addresses })),
    // Without a server of its own containerd asks by TLS for what this one does not have.
    [registry]: stringify({ server: `http://${addresses.registry}`, host: { [`http://${addresses.registry}`]: {} } }),
    'cni/cluster.conflist': JSON.stringify(network({ folder, addresses })),
    'kubelet.json': JSON.stringify(kubelet({ folder, addresses })),
    'proxy.json': JSON.stringify(proxy({ folder, addresses })),
    'registry.json': JSON.stringify(registryOf({ folder, addresses })),
    Corefile: names({ folder, addresses }),
    // What pods have that ask for the node's own.
    'resolv.conf': '',
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(place(name), text)));
}

type Place = Pick<Enclosure, 'folder' | 'addresses'>;

function containerd({ folder, addresses }: Place) {
  const snapshotters = ['btrfs', 'zfs', 'aufs', 'devmapper'].map((name) => `io.containerd.snapshotter.v1.${name}`);
  const options = { SystemdCgroup: false, Root: join(folder, 'runc') };
  const runtimes = { runc: { runtime_type: 'io.containerd.runc.v2', options } };
  return {
    version: 2,
    root: join(folder, 'containerd'),
    state: join(folder, 'state'),
    disabled_plugins: [...snapshotters, 'io.containerd.tracing.processor.v1.otlp'],
    grpc: { address: join(folder, 'containerd.sock') },
    plugins: {
      'io.containerd.internal.v1.opt': { path: join(folder, 'opt') },
      'io.containerd.grpc.v1.cri': {
        sandbox_image: `${addresses.registry}/${PAUSE_REPOSITORY}:1`,
        netns_mounts_under_state_dir: true,
        // Without CAP_SYS_RESOURCE nobody may lower a score, and runc says "can't get final child's PID from pipe: EOF" of each pod.
        restrict_oom_score_adj: true,
        containerd: { snapshotter: 'overlayfs', default_runtime_name: 'runc', runtimes },
        cni: { bin_dir: CNI_PLUGINS, conf_dir: join(folder, 'configuration', 'cni') },
        registry: { config_path: join(folder, 'configuration', 'registries') },
      },
    },
  };
}

/** Every pod has a link of its own, and all between them is routed: a bridge would need a module of the kernel (br_netfilter) for services. */
function network({ folder, addresses }: Place) {
  const ranges = [[{ subnet: addresses.pods }]];
  const ipam = { type: 'host-local', dataDir: join(folder, 'cni'), ranges, routes: [{ dst: '0.0.0.0/0' }] };
  const ports = { type: 'portmap', capabilities: { portMappings: true }, snat: true };
  return { cniVersion: '1.0.0', name: 'cluster', plugins: [{ type: 'ptp', ipMasq: false, ipam }, ports] };
}

function kubelet({ folder, addresses }: Place) {
  return {
    ...{ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' },
    ...{ address: addresses.node, healthzBindAddress: '127.0.0.1' },
    authentication: {
      ...{ anonymous: { enabled: false }, webhook: { enabled: true } },
      x509: { clientCAFile: join(folder, 'certificates', 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${join(folder, 'containerd.sock')}`,
    // It refuses version 1 of cgroups unless told, and expects systemd.
    ...{ failCgroupV1: false, cgroupDriver: 'cgroupfs', cgroupRoot: `/${addresses.cgroup}`, failSwapOn: false },
    ...{ clusterDomain: 'cluster.local', clusterDNS: [addresses.dnsService] },
    resolvConf: join(folder, 'configuration', 'resolv.conf'),
    podLogsDir: join(folder, 'pod-logs'),
    volumePluginDir: join(folder, 'volume-plugins'),
    serializeImagePulls: false,
    // Shares of a disk that others use would evict pods for no reason of ours.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1Gi', 'imagefs.available': '1Gi' },
    ...{ imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99, oomScoreAdj: 0 },
  };
}

function proxy({ folder, addresses }: Place) {
  return {
    ...{ apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', mode: 'iptables' },
    ...{ hostnameOverride: NODE, clusterCIDR: addresses.pods, bindAddress: addresses.node },
    clientConnection: { kubeconfig: join(folder, 'certificates', 'kube-proxy.kubeconfig') },
    ...{ healthzBindAddress: `${addresses.node}:${PORTS.proxy}`, nodePortAddresses: [`${addresses.node}/32`] },
    iptables: { localhostNodePorts: false, minSyncPeriod: '0s' },
    // Nothing of the kernel's tables is changed.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    oomScoreAdj: 0,
  };
}

function registryOf({ folder, addresses }: Place) {
  return {
    ...{ version: '0.1', log: { level: 'warn', accesslog: { disabled: true } } },
    storage: { filesystem: { rootdirectory: join(folder, 'registry') }, delete: { enabled: true } },
    http: { addr: addresses.registry, secret: 'of a test' },
  };
}

/** Names of the cluster alone: nobody is asked for others. */
function names({ folder, addresses: { node } }: Place): string {
  return `. {
  bind ${node}
  errors
  ready ${node}:${PORTS.dns}
  cache 5
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${join(folder, 'certificates', 'coredns.kubeconfig')} coredns
    ttl 5
  }
}
`;
}
