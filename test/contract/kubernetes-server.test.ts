import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { canStartKubernetes } from '../helpers/kubernetes.ts';
import { describeWith } from '../helpers/requires.ts';
import { until } from '../helpers/until.ts';
import { CLUSTERS, freeNumbers } from '../kubernetes/addresses.ts';

const MAIN = join(import.meta.dirname, '..', 'kubernetes', 'main.ts');

describeWith('kubernetes-faults', canStartKubernetes())('a cluster beside a command', () => {
  const RUN_POD = `image=$HIBANA_TEST_KUBERNETES_REGISTRY/kubernetes/pause:1
    { kubectl run one --image="$image" && kubectl wait --for=condition=Ready pod/one; } >&2 && echo "$KUBECONFIG"`;

  it('leaves nothing when the command has ended, and gives its status', async () => {
    const settings = readSettings();
    const { child, folder } = await start('sh', '-c', `${RUN_POD}; read -r _; exit 3`);
    expect(readSettings()).toEqual(settings);
    child.stdin.end('go\n');
    expect(await once(child, 'close')).toEqual([3, null]);
    expect(leftOf(folder)).toEqual([]);
    expect(readSettings()).toEqual(settings);
  });

  it('leaves nothing when who started it is killed', async () => {
    const { child, folder } = await start('sh', '-c', `${RUN_POD}; exec cat`);
    expect(leftOf(folder)).not.toEqual([]);
    child.kill('SIGKILL');
    child.stdin.destroy();
    await until('nothing to be left', async () => leftOf(folder).length === 0);
  });
});

it('freeNumbers() leaves out ranges that somebody has, and starts elsewhere in each process', () => {
  const routes = 'default via 192.0.2.1 dev eth0\n10.235.7.0/24 via 10.233.7.2 dev one\n10.234.8.0/30 dev two';
  const [first, second] = freeNumbers(routes, 6);
  expect([first, second]).toEqual([6, 9]);
  const all = Array.from({ length: CLUSTERS }, (_, number) => `10.233.${number}.0/30`);
  expect(freeNumbers(all.join('\n'), 6)).toEqual([]);
});

/** Starts one, and waits until the command says its kubeconfig. */
async function start(...command: readonly string[]) {
  const child = spawn(process.execPath, [MAIN, 'run', ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
  return { child, folder: dirname(dirname(String(said).split('\n')[0] ?? '')) };
}

/** What is there of the cluster in a folder: processes that name it, mounts, groups, links, the folder itself. */
function leftOf(folder: string): readonly string[] {
  const name = basename(folder);
  const number = name.split('-').at(-1);
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const isOurs = (word: string): boolean => `${word}/`.includes(`${folder}/`);
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid));
  return [
    ...pids.filter((pid) => read(`/proc/${pid}/cmdline`).split('\0').some(isOurs)).map((pid) => `process ${pid}`),
    ...read('/proc/self/mounts')
      .split('\n')
      .filter((mount) => mount.includes(folder)),
    ...globSync([`/sys/fs/cgroup/${name}`, `/sys/fs/cgroup/*/${name}`]),
    ...readdirSync('/sys/class/net').filter((link) => link === `hib-kube-${number}`),
    ...(existsSync(folder) ? [folder] : []),
  ];
}

/** Those of the machine that programs of a cluster set. */
function readSettings(): readonly string[] {
  const names = [
    'vm/overcommit_memory',
    'vm/panic_on_oom',
    'kernel/panic',
    'kernel/panic_on_oops',
    'net/ipv4/ip_forward',
  ];
  return names.map((name) => `${name} ${readFileSync(join('/proc/sys', name), 'utf8')}`);
}
