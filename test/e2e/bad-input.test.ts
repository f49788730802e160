import { open, readdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';
import { brokenJava } from '../helpers/broken-java.ts';
import { makeHome, runCli } from '../helpers/cli.ts';
import { closedPort } from '../helpers/git-closed-port.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { leftovers } from '../helpers/leftovers.ts';
import { startPackageIndex } from '../helpers/package-index.ts';
import { expectRefusal, type Refusal } from '../helpers/refusal.ts';
import { itWith } from '../helpers/requires.ts';
import { canMount, mountSmallDisk } from '../helpers/small-disk.ts';
import { sourceFolder } from '../helpers/source-folder.ts';
import { sparkArchive } from '../unit/cli/toolchain/fake-packages.ts';

const PROGRAM = 'from pyspark.sql import SparkSession\n';
const SESSION = `${PROGRAM}SparkSession.builder.getOrCreate()\n`;
/** A release whose hash hibana does not know by itself: an index may offer another file for it. */
const SPARK = '4.2.0';
const httpService = join(import.meta.dirname, '..', 'fixtures', 'apps', 'http-service');

type Row = readonly [what: string, args: readonly string[], refusal: Refusal];

const refused = (status: number, code: string, names: RegExp): Refusal => ({ status, code, names });

describe('hibana run, given a URL that it will not follow,', () => {
  it.each<Row>([
    ['an unknown host', ['https://nowhere.invalid/x.git'], refused(3, 'GIT_HOST_UNKNOWN', /nowhere\.invalid/)],
    ['ext::', ['ext::sh -c id'], refused(3, 'SOURCE_UNSAFE', /ext::/)],
    ['ext:: without a space', ['ext::id'], refused(3, 'SOURCE_UNSAFE', /ext::/)],
    ['file://', ['file:///etc'], refused(3, 'SOURCE_UNSAFE', /file:\/\/\/etc/)],
    ['an option as the host', ['ssh://-oProxyCommand=id/x'], refused(3, 'SOURCE_UNSAFE', /-oProxyCommand/)],
    ['an option as the URL', ['--upload-pack=id'], refused(2, 'USAGE', /--upload-pack/)],
    ['an option as the ref', ['https://host.invalid/x.git#--upload-pack=id'], refused(3, 'SOURCE_UNSAFE', /--upload/)],
  ])('refuses %s', async (_what, args, refusal) => {
    await using home = await makeHome();
    await expectRefusal(['run', ...args], refusal, home);
  });

  it('says of a server that does not answer which one it is', async () => {
    await using home = await makeHome();
    const url = `http://127.0.0.1:${await closedPort()}/team/app.git`;
    await expectRefusal(['run', url], refused(3, 'GIT_UNREACHABLE', new RegExp(url)), home);
  });
});

describe('hibana run, given a repository that it cannot use,', () => {
  it('asks for credentials of a private one, and refuses those in a URL without showing them', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const credentials = { user: 'git', password: 's3cret' };
    const { url } = await server.createRepository('private', { files: { 'app.py': PROGRAM } }, { credentials });
    const refusal = refused(3, 'GIT_AUTH', /private/);
    const { stdout } = await expectRefusal(['run', url], refusal, home);
    expect(stdout).toContain('--git-token-file');
    const withPassword = url.replace('://', '://git:s3cret@');
    const end = await expectRefusal(['run', withPassword], refused(3, 'SOURCE_UNSAFE', /credentials in it/), home);
    expect(end.stdout + end.stderr).not.toContain('s3cret');
  });

  it('names the refs nearest to one that is missing', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const { url } = await server.createRepository('app', { files: { 'app.py': PROGRAM }, tags: { 'v1.2': 'main' } });
    const { stdout } = await expectRefusal(['run', `${url}#v1.3`], refused(3, 'GIT_REF_NOT_FOUND', /v1\.3/), home);
    expect(stdout).toContain('v1.2');
  });

  it('says of an empty one that it is empty', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const { url } = await server.createRepository('empty', {});
    await expectRefusal(['run', url], refused(3, 'SOURCE_EMPTY', /empty/), home);
  });

  it('refuses a link to /etc/passwd in it', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const files = { 'app.py': PROGRAM, 'data/users': { link: '/etc/passwd' } };
    const { url } = await server.createRepository('linked', { files });
    await expectRefusal(['run', url], refused(3, 'SOURCE_UNSAFE', /data\/users.*\/etc\/passwd/), home);
  });
});

describe('hibana run, given a directory that it cannot run,', () => {
  it.each<readonly [what: string, files: Readonly<Record<string, string>>, args: readonly string[], refusal: Refusal]>([
    ['without an entry point', { 'data.csv': '1' }, [], refused(4, 'ENTRY_NOT_FOUND', /no .*file|Cannot find/)],
    ['with two', { 'one.py': SESSION, 'two.py': SESSION }, [], refused(4, 'ENTRY_AMBIGUOUS', /one\.py.*two\.py/)],
    [
      'with a pyspark that is not supported',
      { 'app.py': PROGRAM, 'requirements.txt': 'numpy\npyspark==2.4.0\n' },
      [],
      refused(4, 'SPARK_UNSUPPORTED', /2\.4\.0 of requirements\.txt:2.*4\.2\.1/),
    ],
    [
      'with a syntax error in hibana.yaml',
      { 'app.py': PROGRAM, 'hibana.yaml': 'version: 1\nname: [x\nkind: job\n' },
      [],
      refused(2, 'CONFIG_INVALID', /^hibana\.yaml:3:1: /),
    ],
    [
      'with an unknown key in hibana.yaml',
      { 'app.py': PROGRAM, 'hibana.yaml': 'version: 1\nclustr:\n  workers: 2\n' },
      [],
      refused(2, 'CONFIG_INVALID', /^hibana\.yaml:2:1: .*clustr.*cluster/),
    ],
    [
      'with a context directory that leaves it',
      { 'app.py': PROGRAM },
      ['--context-dir', '../../etc'],
      refused(3, 'CONTEXT_DIR_INVALID', /\.\.\/\.\.\/etc/),
    ],
    [
      'with an absolute context directory',
      { 'app.py': PROGRAM },
      ['--context-dir', '/etc'],
      refused(3, 'CONTEXT_DIR_INVALID', /\/etc/),
    ],
    ['with 0 workers', { 'app.py': PROGRAM }, ['--workers', '0'], refused(2, 'WORKERS_INVALID', /--workers "0"/)],
    [
      'with 10,000 workers',
      { 'app.py': PROGRAM },
      ['--workers', '10000'],
      refused(2, 'WORKERS_INVALID', /--workers "10000"/),
    ],
    [
      'with memory of 1gg',
      { 'app.py': PROGRAM },
      ['--worker-memory', '1gg'],
      refused(2, 'QUANTITY_INVALID', /--worker-memory "1gg"/),
    ],
    [
      'with memory of 1gg in hibana.yaml',
      { 'app.py': PROGRAM, 'hibana.yaml': 'version: 1\ncluster:\n  worker:\n    memory: 1gg\n' },
      [],
      refused(2, 'CONFIG_INVALID', /^hibana\.yaml:4:13: .*1gg/),
    ],
    [
      'with executors in its spark-defaults.conf that no worker can hold',
      { 'app.py': PROGRAM, 'spark-conf/spark-defaults.conf': 'spark.executor.memory 4g\n' },
      ['--worker-memory', '2g'],
      refused(2, 'QUANTITY_INVALID', /spark\.executor\.memory "4g" into a worker of 2g/),
    ],
  ])('refuses one %s', async (_what, files, args, refusal) => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, files);
    await expectRefusal(['run', folder, ...args], refusal, home);
  });

  it('refuses one whose context directory is a link out of it', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    await symlink('/etc', join(folder, 'outside'));
    const refusal = refused(3, 'CONTEXT_DIR_INVALID', /outside/);
    await expectRefusal(['run', folder, '--context-dir', 'outside'], refusal, home);
  });

  it('plans one with a file of 2 GiB as fast as any other', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    await using big = await open(join(folder, 'big.bin'), 'w');
    await big.truncate(2 ** 31);
    const startedAt = performance.now();
    expect(await runCli(['plan', folder], home)).toMatchObject({ status: 0 });
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('hibana run, on a machine that lacks something,', () => {
  it('names a requirement that does not exist', async () => {
    await using home = await makeHome();
    await using index = await startPackageIndex({});
    const folder = await sourceFolder(home, { 'app.py': PROGRAM, 'requirements.txt': 'no-such-thing==1.0\n' });
    const refusal = refused(4, 'DEPENDENCY_NOT_FOUND', /no-such-thing==1\.0/);
    await expectRefusal(['run', folder, '--index-url', index.url], refusal, home);
  });

  it('says that the first run needs a network', async () => {
    await using home = await makeHome();
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const env = { XDG_CACHE_HOME: join(home.path, 'cache'), HTTPS_PROXY: proxy, HTTP_PROXY: proxy };
    const refusal = refused(4, 'INDEX_UNREACHABLE', /the first run needs a network/);
    await expectRefusal(['run', await sourceFolder(home, { 'app.py': PROGRAM })], refusal, home, { env });
  });

  it.each([
    ['a home below a file', (path: string) => join(path, 'app', 'app.py', 'home')],
    ['a read-only home', () => '/sys/hibana-home'],
    // Node's own recursive mkdir never comes back from there.
    ['a home below /proc', () => '/proc/hibana-home'],
  ])('says of %s that it cannot be written to', async (_what, at) => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    const place = at(home.path);
    const refusal = refused(4, 'FOLDER_READ_ONLY', new RegExp(place));
    await expectRefusal(['run', folder], refusal, home, { env: { HIBANA_HOME: place } });
  });

  it('refuses a Java that is too old, and one that is not there', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    const old = await brokenJava(join(home.path, 'java-11'), 11);
    const tooOld = refused(4, 'JAVA_UNSUPPORTED', /java-11".*Java 11.*17 to 25/);
    await expectRefusal(['run', folder, '--java', old], tooOld, home);
    const missing = refused(4, 'JAVA_UNSUPPORTED', /nowhere".*does not run/);
    await expectRefusal(['run', folder, '--java', join(home.path, 'nowhere')], missing, home);
  });

  it('leaves a JAVA_HOME that does not fit out, says so, and finds another', async () => {
    await using home = await makeHome();
    const folder = await sourceFolder(home, { 'app.py': 'print("ran")\n' });
    const old = await brokenJava(join(home.path, 'java-11'), 11);
    const end = await runCli(['run', folder], home, { env: { JAVA_HOME: old } });
    expect(end).toMatchObject({ status: 0, stdout: 'ran\n', stderr: expect.stringMatching(/JAVA_HOME.*Java 11/) });
    expect(await leftovers(home)).toEqual([]);
  });
});

describe('hibana run, with a cache of its own,', () => {
  it('fetches Spark once when two first runs start together', async () => {
    await using home = await makeHome();
    await using index = await startPackageIndex({
      pyspark: { [`pyspark-${SPARK}.tar.gz`]: await sparkArchive(SPARK, 4_000_000) },
    });
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    const java = await brokenJava(join(home.path, 'java'));
    const options = { env: { XDG_CACHE_HOME: join(home.path, 'cache') } };
    const args = ['run', folder, '--spark', SPARK, '--index-url', index.url, '--java', java, '-o', 'json'];
    const ends = await Promise.all([runCli(args, home, options), runCli(args, home, options)]);
    // The stand-in has no master: both got as far as that.
    for (const { stdout } of ends) expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'CLUSTER_FAILED' } });
    expect(index.downloads()).toBe(1);
    expect(await sparksIn(join(home.path, 'cache'))).toEqual([SPARK]);
    expect(await leftovers(home)).toEqual([]);
  });

  itWith('root', canMount())('says that its disk is full, and never uses what was half written', async () => {
    await using home = await makeHome();
    using disk = mountSmallDisk(4);
    await using index = await startPackageIndex({
      pyspark: { [`pyspark-${SPARK}.tar.gz`]: await sparkArchive(SPARK, 8_000_000) },
    });
    const folder = await sourceFolder(home, { 'app.py': PROGRAM });
    const java = await brokenJava(join(home.path, 'java'));
    const options = { env: { XDG_CACHE_HOME: disk.path } };
    const args = ['run', folder, '--spark', SPARK, '--index-url', index.url, '--java', java];
    await expectRefusal(args, refused(4, 'DISK_FULL', new RegExp(disk.path)), home, options);
    expect(await sparksIn(disk.path)).toEqual([]);
    disk.grow(64);
    await expectRefusal(args, refused(6, 'CLUSTER_FAILED', /master/), home, options);
    expect(index.downloads()).toBe(2);
    expect(await sparksIn(disk.path)).toEqual([SPARK]);
  });
});

describe('hibana run, given a port that is in use,', () => {
  it('says so before it makes a cluster for the service', async () => {
    await using home = await makeHome();
    const [port = 0] = await chooseFreePorts(1);
    await using _taken = await listenOn(port);
    const refusal = refused(6, 'PORT_IN_USE', new RegExp(`port ${port}`));
    await expectRefusal(['run', httpService, '--port', String(port)], refusal, home);
  });

  it("ends with the job's status and its words when Spark itself needs the port", async () => {
    await using home = await makeHome();
    const [port = 0] = await chooseFreePorts(1);
    await using _taken = await listenOn(port);
    const ui = ['--conf', `spark.ui.port=${port}`, '--conf', 'spark.port.maxRetries=0'];
    await expectRefusal(['run', 'pi', ...ui], refused(1, 'JOB_FAILED', /status 1/), home);
  });
});

async function listenOn(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Versions, whatever their arrangement in the cache. */
async function sparksIn(cacheHome: string): Promise<readonly string[]> {
  const names = await readdir(join(cacheHome, 'hibana', 'spark'));
  return names.map((name) => name.replace(/-r\d+$/, ''));
}
