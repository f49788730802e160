import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canMakeDebianBase } from '../helpers/debian-base.ts';
import { hasDocker } from '../helpers/docker.ts';
import { openDockerDesk } from '../helpers/docker-desk.ts';
import { type DockerWorkshop, openDockerWorkshop } from '../helpers/docker-workshop.ts';
import { startDockerRegistry } from '../helpers/registry.ts';
import { describeWith } from '../helpers/requires.ts';
import { pushStandIn } from '../helpers/stand-in-image.ts';

/** `status seconds`: says hello, and ends with the status. */
const JOB = `
import os, sys, time
print("hello", sys.argv[1:], os.environ.get("GREETING"), flush=True)
time.sleep(float(sys.argv[2]))
sys.exit(int(sys.argv[1]))
`;
/** Answers with its version. */
const serviceOf = (version: string): string => `
import http.server, os
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"${version}")
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page).serve_forever()
`;
const PORT = 18_090;

describeWith('docker', canMakeDebianBase() && (await hasDocker()))('hibana deploy --platform docker', () => {
  let workshop: DockerWorkshop;
  let job: string;
  beforeAll(async () => {
    workshop = await openDockerWorkshop();
    job = await workshop.load({ tag: 'job', app: JOB });
  });
  afterAll(() => workshop[Symbol.asyncDispose]());

  describe('of a job', () => {
    it('runs it, again by start, and what it was after a rollback; delete leaves nothing', async () => {
      await using desk = await openDockerDesk(workshop);
      const { ask, hibana } = desk;
      const deploy = ['deploy', job, '--platform', 'docker', '--name', 'etl', '--workers', '1'];
      const first = await hibana(...deploy, '-e', 'GREETING=hi', '--', '0', '0');
      expect(first, first.stderr).toMatchObject({ status: 0, stdout: "hello ['0', '0'] hi\n" });
      expect(await workshop.left()).toEqual([]);
      const again = await ask(...deploy, '-e', 'GREETING=hi', '--', '0', '0');
      expect(again).toMatchObject({ changed: false, revision: { revision: 1, platform: 'docker' }, run: null });

      const started = await ask('start', 'etl', '--run-id', 'night', '--', '3', '0');
      expect(started).toMatchObject({
        end: { status: 3 },
        error: { code: 'JOB_FAILED' },
        run: { run: 'etl-night', status: 'failed', jobStatus: 3, revision: 1, coreSeconds: expect.any(Number) },
      });
      const retried = await ask('start', 'etl', '--run-id', 'night', '--', '3', '0');
      expect(retried).toMatchObject({ end: { status: 3 }, attached: true, run: { run: 'etl-night' } });

      const second = await hibana(...deploy, '--', '0', '0');
      expect(second.stdout).toBe("hello ['0', '0'] None\n");
      expect(await ask('rollback', 'etl')).toMatchObject({ changed: true, revision: { revision: 3 }, run: null });
      expect((await hibana('start', 'etl')).stdout).toBe("hello ['0', '0'] hi\n");
      expect((await hibana('logs', 'etl', '--previous')).stdout).toBe("hello ['0', '0'] None\n");
      expect((await hibana('logs', 'etl', '--run', 'night', '--stream', 'worker-1')).status).toBe(0);
      expect((await ask('list')).applications).toMatchObject([{ name: 'etl', platform: 'docker', state: 'succeeded' }]);
      const { runs } = await ask('runs', 'etl');
      expect(runs.map((run: { readonly revision: number }) => run.revision)).toEqual([3, 2, 1, 1]);

      expect(await hibana('delete', 'etl')).toMatchObject({ status: 0, stdout: 'etl: deleted\n' });
      expect(await desk.left()).toEqual([]);
    });

    it('goes on without the command that started it, which status, logs and cancel find again', async () => {
      await using desk = await openDockerDesk(workshop);
      const { ask, hibana } = desk;
      const run = (await hibana('deploy', job, '--name', 'nap', '-d', '--', '0', '600')).stdout.trim();
      expect(run).toMatch(/^nap-/);
      const following = desk.start('logs', 'nap', '-f');
      await following.saw('hello');
      expect((await ask('status', 'nap')).application).toMatchObject({ state: 'running', running: [run] });
      expect(await ask('cancel', 'nap')).toMatchObject({ runs: [{ run, status: 'interrupted' }] });
      expect((await following.ended).status).toBe(0);
      expect(await workshop.left()).toEqual([]);
      expect((await hibana('delete', 'nap')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it("shows Spark's page on loopback alone, until the run ends", async () => {
      await using desk = await openDockerDesk(workshop);
      const app = serviceOf('page')
        .replace('http.server.Thr', 'server = http.server.Thr')
        .replace('.serve_forever()', '');
      const says = `${app}\nprint("hello", flush=True)\nserver.serve_forever()\n`;
      const image = await workshop.load({ tag: 'page', app: says });
      const where = ['-e', 'HOST=0.0.0.0', '-e', 'PORT=4040'];
      expect((await desk.hibana('deploy', image, '--name', 'page', '--workers', '1', '-d', ...where)).status).toBe(0);
      await desk.start('logs', 'page', '-f').saw('hello');
      const opened = desk.start('open', 'page', '--ui');
      await opened.saw('/\n');
      const url = opened.stdout().trim();
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(await (await fetch(url)).text()).toBe('page');
      expect((await desk.hibana('cancel', 'page')).status).toBe(0);
      expect((await opened.ended).status).toBe(0);
      await expect(fetch(url)).rejects.toThrow();
      expect(await desk.ask('open', 'page', '--ui')).toMatchObject({ error: { code: 'RUN_NOT_FOUND' } });
      expect((await desk.hibana('delete', 'page')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it('ends the run when it is interrupted itself, and says so', async () => {
      await using desk = await openDockerDesk(workshop);
      const cli = desk.start('deploy', job, '--name', 'nap', '--', '0', '600');
      await cli.saw('hello');
      cli.child.kill('SIGINT');
      expect((await cli.ended).status).toBe(130);
      expect(await desk.ask('runs', 'nap')).toMatchObject({ runs: [{ status: 'interrupted' }] });
      expect(await workshop.left()).toEqual([]);
      expect((await desk.hibana('delete', 'nap')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it('lets one of two at once win, tells the other, and lets nobody delete meanwhile', async () => {
      await using desk = await openDockerDesk(workshop);
      const deploy = ['deploy', job, '--name', 'nap', '-d', '-o', 'json', '--', '0', '600'];
      const both = await Promise.all([1, 2].map(() => desk.hibana(...deploy)));
      expect(both.map(({ status }) => status).toSorted()).toEqual([0, 75]);
      const waiting = desk.start('deploy', job, '--name', 'nap', '--', '0', '0');
      while (!waiting.stderr().includes('rollout: started'))
        await Promise.race([once(waiting.child.stderr ?? process.stdin, 'data'), waiting.ended]);
      expect(await desk.ask('delete', 'nap')).toMatchObject({
        end: { status: 75 },
        error: { code: 'DEPLOYMENT_BUSY' },
      });
      waiting.child.kill('SIGTERM');
      expect((await waiting.ended).status).toBe(143);
      const { revisions } = await desk.ask('history', 'nap');
      expect(revisions.map((one: { readonly status: string }) => one.status)).toEqual(['failed', 'live']);
      expect((await desk.hibana('delete', 'nap')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it('takes an image of a registry as it is, and fetches it again where it is gone', async () => {
      await using desk = await openDockerDesk(workshop);
      await using registry = await startDockerRegistry();
      const name = await pushStandIn(registry.host, { tag: 'v1', app: `${JOB}print("promoted")` });
      const deploy = ['deploy', name, '--name', 'etl', '--workers', '1', '--', '0', '0'];
      const first = await desk.hibana(...deploy);
      expect(first, first.stderr).toMatchObject({ status: 0, stdout: expect.stringContaining('hello') });
      const again = await desk.ask(...deploy);
      expect(again).toMatchObject({ changed: false, revision: { artifact: { image: name } } });
      expect((await desk.hibana('deploy', job, '--name', 'etl', '--', '0', '0')).status).toBe(0);

      const forget = () => workshop.docker.getImage(again.revision.artifact.id).remove({ force: true });
      await forget();
      const back = await desk.ask('rollback', 'etl');
      expect(back, back.end.stderr).toMatchObject({ revision: { revision: 3, artifact: { image: name } } });
      expect((await desk.hibana('start', 'etl', '--', '0', '0')).status).toBe(0);
      await forget();
      await registry[Symbol.asyncDispose]();
      const gone = await desk.ask('start', 'etl', '--', '0', '0');
      expect([gone.error.code, gone.end.status]).toEqual(['REGISTRY_UNREACHABLE', 5]);
      expect((await desk.hibana('delete', 'etl')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it('moves to this machine and back as one application', async () => {
      await using desk = await openDockerDesk(workshop);
      const source = join(desk.home.path, 'nap');
      const deploy = ['deploy', '--name', 'nap', '--cluster', 'local[1]'];
      expect((await desk.hibana(...deploy, job, '-d', '--', '0', '600')).status).toBe(0);
      await mkdir(source);
      await writeFile(join(source, 'app.py'), 'import pyspark\nprint("here")\n');
      const moved = await desk.hibana(...deploy, source, '--on-redeploy', 'replace');
      expect(moved, moved.stderr).toMatchObject({ status: 0, stdout: 'here\n' });
      expect(await workshop.left()).toEqual([]);
      expect(await desk.ask('status', 'nap', '--platform', 'docker')).toMatchObject({
        ...{ end: { status: 2 }, error: { code: 'USAGE' } },
      });
      expect(await desk.ask('rollback', 'nap')).toMatchObject({ revision: { revision: 3, platform: 'docker' } });
      expect((await desk.hibana('start', 'nap', '--', '0', '0')).stdout).toBe("hello ['0', '0'] None\n");
      expect((await desk.hibana('delete', 'nap', '--platform', 'docker')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });
  });

  describe('of a service', () => {
    it('replaces it by an image that is well, keeps it when not, rolls it back, and leaves nothing', async () => {
      await using desk = await openDockerDesk(workshop);
      const { ask, hibana } = desk;
      const descriptor = { kind: 'service', port: PORT } as const;
      const load = (tag: string, app: string) => workshop.load({ tag, app, descriptor });
      const one = await load('one', serviceOf('one'));
      const two = await load('two', serviceOf('two'));
      const broken = await load('broken', 'raise SystemExit("no such table")');
      const url = `http://${workshop.address}:${PORT}/`;
      const answer = async (): Promise<string> => (await fetch(url)).text();
      const options = ['--name', 'pi', '--bind', workshop.address, '--workers', '1'];

      const first = await hibana('deploy', one, ...options);
      expect(first, first.stderr).toMatchObject({ status: 0, stdout: `${url}\n` });
      expect(await answer()).toBe('one');
      expect(await ask('deploy', one, ...options)).toMatchObject({ changed: false, revision: { revision: 1 } });
      const second = await ask('deploy', two, ...options, '--health-path', '/');
      expect(second).toMatchObject({ changed: true, revision: { revision: 2, artifact: { id: two } } });
      expect(await answer()).toBe('two');

      const failed = await hibana('deploy', broken, ...options);
      expect(failed.status).toBe(6);
      expect(failed.stderr).toContain('no such table');
      expect(failed.stderr).toContain('[SERVICE_UNHEALTHY]');
      expect(await answer()).toBe('two');
      expect((await ask('status', 'pi')).application).toMatchObject({
        ...{ state: 'running', url, problem: expect.stringContaining('revision 3 does not count') },
      });

      expect(await ask('rollback', 'pi')).toMatchObject({ revision: { revision: 4, trigger: { revision: 1 } } });
      expect(await answer()).toBe('one');
      for (const name of await desk.images()) {
        if (name.includes(two.slice('sha256:'.length, 'sha256:'.length + 20)))
          await workshop.docker.getImage(name).remove();
      }
      await workshop.docker.getImage(two).remove({ force: true });
      expect(await ask('rollback', 'pi', '2')).toMatchObject({
        ...{ end: { status: 6 }, error: { code: 'REVISION_INCOMPLETE' } },
      });
      expect(await answer()).toBe('one');

      expect((await hibana('cancel', 'pi')).status).toBe(0);
      expect((await ask('status', 'pi')).application).toMatchObject({ state: 'stopped' });
      expect(await workshop.left()).toEqual([]);
      expect(await hibana('start', 'pi')).toMatchObject({ status: 0, stdout: `${url}\n` });
      expect(await answer()).toBe('one');
      expect((await hibana('delete', 'pi')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it('is not well by a port alone behind which nobody listens', async () => {
      await using desk = await openDockerDesk(workshop);
      const descriptor = { kind: 'service', port: PORT } as const;
      const deaf = await workshop.load({ tag: 'deaf', app: 'import time\ntime.sleep(600)\n', descriptor });
      const options = ['--name', 'deaf', '--bind', workshop.address, '--health-timeout', '12s', '--workers', '1'];
      const end = await desk.ask('deploy', deaf, ...options);
      expect(end).toMatchObject({ end: { status: 6 }, error: { code: 'SERVICE_UNHEALTHY' } });
      expect(end.error.message).toContain('nobody listens');
      expect(await workshop.left()).toEqual([]);
      expect((await desk.hibana('delete', 'deaf')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });

    it('says before anything is made that its port is in use', async () => {
      await using desk = await openDockerDesk(workshop);
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const descriptor = { kind: 'service', port } as const;
      const image = await workshop.load({ tag: 'taken', app: serviceOf('taken'), descriptor });
      expect(await desk.ask('deploy', image, '--name', 'pi')).toMatchObject({
        ...{ end: { status: 6 }, error: { code: 'PORT_IN_USE' } },
      });
      server.close();
      expect((await desk.hibana('delete', 'pi')).status).toBe(0);
      expect(await desk.left()).toEqual([]);
    });
  });

  describe('refuses', () => {
    it.each<[string, number, string, readonly string[], Readonly<Record<string, string>>]>([
      ['a schedule', 2, 'SCHEDULE_UNSUPPORTED', ['--schedule', '0 3 * * *'], {}],
      ['an image on this machine', 2, 'USAGE', ['--platform', 'local'], {}],
      ['an address that is none', 2, 'USAGE', ['--bind', 'localhost:80'], {}],
      ['a name that is none', 2, 'NAME_INVALID', ['--name', 'Team/App'], {}],
      ['workers with too many cores', 2, 'WORKER_TOO_LARGE', ['--worker-cores', '64'], {}],
      ['workers with too much memory', 2, 'WORKER_TOO_LARGE', ['--worker-memory', '900g'], {}],
      ['a driver with too much memory', 2, 'DRIVER_TOO_LARGE', ['--conf', 'spark.driver.memory=900g'], {}],
      ['a shared cluster that is not there', 8, 'CLUSTER_NOT_FOUND', ['--cluster', 'nobody'], {}],
      ['a launcher image that is not there', 8, 'IMAGE_NOT_FOUND', ['--launcher-image', 'oci:/nowhere:v1'], {}],
      ['no daemon', 6, 'DOCKER_UNREACHABLE', [], { DOCKER_HOST: 'unix:///nowhere/docker.sock' }],
      ['a daemon elsewhere', 6, 'DOCKER_UNSUPPORTED', [], { DOCKER_HOST: 'tcp://127.0.0.1:1' }],
    ])('%s, before anything is made', async (_what, status, code, flags, more) => {
      await using desk = await openDockerDesk({ ...workshop, env: { ...workshop.env, ...more } });
      const end = await desk.ask('deploy', job, ...flags, '--', '0', '0');
      expect([end.error?.code, end.end.status], end.end.stderr).toEqual([code, status]);
      expect(await desk.left()).toEqual([]);
    });

    it('an image that is not there', async () => {
      await using desk = await openDockerDesk(workshop);
      const end = await desk.ask('deploy', `sha256:${'0'.repeat(64)}`, '--name', 'etl');
      expect([end.error.code, end.end.status]).toEqual(['IMAGE_NOT_FOUND', 8]);
      expect(await desk.left()).toEqual([]);
    });
  });

  it("leaves somebody else's container and network that have its names alone", async () => {
    await using desk = await openDockerDesk(workshop);
    const { docker } = workshop;
    expect((await desk.hibana('deploy', job, '--name', 'etl', '--', '0', '0')).status).toBe(0);
    const network = await docker.createNetwork({ Name: 'hibana-etl-one', Driver: 'bridge' });
    const container = await docker.createContainer({ name: 'hibana-etl-two-launcher', Image: job, Cmd: ['true'] });
    for (const id of ['one', 'two']) {
      expect(await desk.ask('start', 'etl', '--run-id', id)).toMatchObject({
        ...{ end: { status: 6 }, error: { code: 'NAME_TAKEN' }, run: { status: 'not-started' } },
      });
    }
    expect(await workshop.left()).toEqual(['/hibana-etl-two-launcher', 'hibana-etl-one']);
    await Promise.all([network.remove(), container.remove()]);
    expect((await desk.hibana('delete', 'etl')).status).toBe(0);
    expect(await desk.left()).toEqual([]);
  });
});
