import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { clusterFolder } from '../../runtime/platform/local/cluster-folder.ts';
import { type Home, makeHome, runCli } from '../helpers/cli.ts';
import { type ImageRoot, makeImageRoot, runImage, startImage } from '../helpers/image-root.ts';
import { processesOf } from '../helpers/leftovers.ts';
import { itWith } from '../helpers/requires.ts';
import { canMount } from '../helpers/small-disk.ts';

/** Ends with the status of its first argument, and says what it was given. */
const APP = `
import os, sys, time
from pyspark.sql import SparkSession
from helpers.add import add
spark = SparkSession.builder.getOrCreate()
context = spark.sparkContext
there = context.parallelize([1], 1).map(lambda one: [add(one, 1), os.environ.get("GREETING")]).collect()
print(f"args {sys.argv[1:]} executor {there} driver {os.environ.get('GREETING')} master {context.master}", flush=True)
print(f"home {os.path.expanduser('~')} ours {[name for name in os.environ if name.startswith('HIBANA_')]}", flush=True)
if "sleep" in sys.argv:
    time.sleep(600)
spark.stop()
sys.exit(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 0)
`;
const FILES = { 'app.py': APP, 'helpers/__init__.py': '', 'helpers/add.py': 'def add(a, b):\n    return a + b\n' };

let image: ImageRoot;

beforeEach(async () => {
  image = await makeImageRoot(FILES);
});

afterEach(async () => {
  expect(await processesOf(image.path)).toEqual([]);
  await image[Symbol.asyncDispose]();
});

/** What runs have left in the home: of each its logs and what it came to. */
async function kept(): Promise<readonly string[]> {
  const state = join(image.home, '.local/state/hibana');
  const [run = ''] = await readdir(join(state, 'runs'));
  expect(await readdir(join(state, 'clusters')).catch(() => [])).toEqual([]);
  return (await readdir(join(state, 'runs', run))).sort();
}

describe('the launcher in an image', () => {
  it('runs the application on a cluster of its own and ends with its status', async () => {
    const before = await image.files();
    const env = { GREETING: 'hello', HIBANA_WORKERS: '1', HIBANA_WORKER_CORES: '1', HIBANA_WORKER_MEMORY: '1g' };
    const end = await runImage(image, ['--', '3', 'two words'], { env });
    expect(end.status, end.stderr).toBe(3);
    expect(end.stdout).toMatch(
      /^args \['3', 'two words'\] executor \[\[2, 'hello'\]\] driver hello master spark:\/\/127/,
    );
    expect(end.stdout).toContain(`home ${image.home} ours ['HIBANA_RUN']`);
    expect(end.stderr).toMatch(/^hibana: cluster: 1 worker, with 1 core and 1g \(/m);
    expect(end.stderr).toMatch(/^hibana: The job ended with status 3 \[JOB_FAILED\]$/m);
    expect(await image.files()).toEqual(before);
    expect(await kept()).toEqual(['eventlog', 'events.ndjson', 'logs', 'outcome.json']);
  });

  it('takes arguments and settings from the environment, without a cluster, and tells events as JSON', async () => {
    const env = { HIBANA_CLUSTER: 'local[2]', APP_ARGS: "0 'a b'", HIBANA_LOG: 'json' };
    const end = await runImage(image, [], { env });
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain("args ['0', 'a b'] executor [[2, None]] driver None master local[2]");
    const events = end.stderr.split('\n').filter((line) => line.startsWith('{"schema"'));
    const { outcome } = JSON.parse(events.at(-1) ?? '');
    expect(outcome).toMatchObject({ kind: 'succeeded', exitCode: 0, jobStatus: 0, cluster: null });
  });

  it('leaves the application an argument that Node would take for itself', async () => {
    const end = await runImage(image, ['4', '--env-file', 'none'], { env: { HIBANA_CLUSTER: 'local' } });
    expect(end.status, end.stderr).toBe(4);
    expect(end.stdout).toContain("args ['4', '--env-file', 'none']");
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('stops the job at %s and deletes its cluster', async (signal, status) => {
    const env = { HIBANA_WORKER_MEMORY: '1g', HIBANA_WORKER_CORES: '1' };
    const launcher = startImage(image, ['sleep'], { env });
    await launcher.saw("args ['sleep']");
    process.kill(launcher.pid, signal);
    const end = await launcher.ended;
    expect(end.status, end.stderr).toBe(status);
    expect(end.stderr).toContain(`The run was stopped by ${signal} [INTERRUPTED]`);
    await kept();
  });

  it('ends a run that takes too long', async () => {
    const end = await runImage(image, ['sleep'], { env: { HIBANA_CLUSTER: 'local', HIBANA_TIMEOUT: '12s' } });
    expect(end.status, end.stderr).toBe(124);
    expect(end.stderr).toMatch(/12 s \[RUN_TIMEOUT\]\n {2}Allow more time with HIBANA_TIMEOUT$/m);
  });
});

describe('the launcher in an image on a master that is there', () => {
  let home: Home;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    home = await makeHome();
    const made = await runCli(['cluster', 'create', 'team', '--workers', '1', '-o', 'json'], home);
    expect(made.status, made.stderr).toBe(0);
    const { master, webUi } = JSON.parse(made.stdout).cluster;
    const secret = clusterFolder(home.stateFolder, 'team').secret;
    env = { HIBANA_CLUSTER: master, HIBANA_CLUSTER_UI: webUi, HIBANA_CLUSTER_SECRET_FILE: secret, HIBANA_WORKERS: '1' };
  });

  afterAll(async () => {
    await runCli(['cluster', 'delete', 'team', '--force'], home);
    await home[Symbol.asyncDispose]();
  });

  it('gives its executors the modules of the image, and leaves it as it is', async () => {
    const end = await runImage(image, ['5'], { env });
    expect(end.status, end.stderr).toBe(5);
    expect(end.stdout).toContain(`executor [[2, None]] driver None master ${env.HIBANA_CLUSTER}`);
    const shown = await runCli(['cluster', 'show', 'team', '-o', 'json'], home);
    expect(JSON.parse(shown.stdout).cluster.state).toBe('ready');
  });

  it('says which secret it wants by the name of the variable', async () => {
    const end = await runImage(image, [], { env: { ...env, HIBANA_CLUSTER_SECRET_FILE: '' } });
    expect([end.status, end.stderr]).toEqual([
      6,
      expect.stringMatching(/\[CLUSTER_AUTH\]\n.*HIBANA_CLUSTER_SECRET_FILE/),
    ]);
  });
});

describe('the launcher in an image refuses', () => {
  it.each([
    [{ HIBANA_WORKERS: 'many' }, 2, 'WORKERS_INVALID', /HIBANA_WORKERS "many"/],
    [{ HIBANA_WORKER_MEMORY: 'lots' }, 2, 'QUANTITY_INVALID', /HIBANA_WORKER_MEMORY "lots"/],
    [{ HIBANA_WORKER_CORES: '0.5' }, 2, 'QUANTITY_INVALID', /HIBANA_WORKER_CORES "0.5"/],
    [{ HIBANA_TIMEOUT: 'soon' }, 2, 'USAGE', /HIBANA_TIMEOUT "soon"/],
    [{ HIBANA_CLUSTER: 'yarn://m:1' }, 2, 'USAGE', /HIBANA_CLUSTER "yarn/],
    [{ HIBANA_LAUNCH: '{"version":1' }, 2, 'USAGE', /HIBANA_LAUNCH/],
    [{ SPARK_OPTIONS: '--packages a:b:1' }, 2, 'USAGE', /"a:b:1"/],
    [{ SPARK_OPTIONS: '--master yarn' }, 2, 'USAGE', /--master/],
    [{ HIBANA_SPARK: '4.1' }, 2, 'USAGE', /HIBANA_SPARK/],
    [{ APP_FILE: 'other.py' }, 4, 'ENTRY_NOT_FOUND', /"other.py"/],
    [{ HIBANA_HOME: '/proc/nothing' }, 4, 'FOLDER_READ_ONLY', /\/proc\/nothing/],
    [{ HIBANA_CLUSTER: 'spark://127.0.0.1:1' }, 6, 'MASTER_UNREACHABLE', /127\.0\.0\.1:1/],
  ])('%j', async (env, status, code, names) => {
    const end = await runImage(image, [], { env });
    expect([end.status, end.stderr]).toEqual([status, expect.stringContaining(`[${code}]\n  `)]);
    expect(end.stderr).toMatch(names);
    expect(end.stderr).not.toMatch(/^\s+at .*\.m?[jt]s:\d+/m);
    expect(end.stdout).toBe('');
  });

  it('an image without an application', async () => {
    await rm(join(image.path, IMAGE_PATHS.descriptor));
    const end = await runImage(image, []);
    expect([end.status, end.stdout]).toEqual([4, '']);
    expect(end.stderr).toMatch(
      /^hibana: Cannot run this image: it has no \/opt\/app-root\/hibana.json \[IMAGE_INCOMPLETE\]\n {2}\S/,
    );
  });
});

/** Leaves orphans behind, and says what the first process of the namespace has made of them. */
const ORPHANS = `
import getpass, os, subprocess, time
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("user", getpass.getuser(), spark.sparkContext.sparkUser(), flush=True)
for _ in range(5):
    subprocess.run(["sh", "-c", "sleep 0.1 &"])
time.sleep(1)
stats = [open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split() for pid in os.listdir("/proc") if pid.isdigit()]
print("zombies", [stat for stat in stats if stat[0] == "Z"])
`;

/** A namespace of processes with the launcher as the first of them, and a user whom nothing knows: as in a container. Capabilities let it read
 *  the files of this machine's user. */
const AS_STRANGER = [
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
  'mount -t tmpfs tmpfs /run && mkdir -m 1777 /run/nscd && exec "$@"',
  ...['sh', 'setpriv', '--reuid=54321', '--regid=54321', '--clear-groups'],
  ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override'],
];

describe('the launcher in an image as the first process', () => {
  itWith('root', canMount())('gives a user without an entry a name, and reaps orphans', async () => {
    await image.put(`${IMAGE_PATHS.app}/app.py`, ORPHANS);
    // The C library looks in the machine's own.
    await mkdir(join(image.path, 'run'));
    await symlink(IMAGE_PATHS.nameService, join(image.path, IMAGE_PATHS.nameService));
    const end = await runImage(image, [], { before: AS_STRANGER, env: { HIBANA_CLUSTER: 'local[1]' } });
    expect(end.status, end.stderr).toBe(0);
    expect(end.stdout).toContain('user user54321 user54321');
    expect(end.stdout).toContain('zombies []');
    expect(await readFile('/etc/passwd', 'utf8')).not.toContain('54321');
  });
});
