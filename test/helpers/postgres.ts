import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { chooseFreePorts } from '../../runtime/platform/local/ports.ts';

const DEBIAN = '/usr/lib/postgresql';
const UP_WITHIN_MS = 60_000;
const POLL_MS = 200;

export interface Postgres extends AsyncDisposable {
  /** For JDBC, with user and password. */
  readonly url: string;
}

/** The folder with PostgreSQL's programs; `undefined` where it is not installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  return versions.map((version) => join(DEBIAN, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

/** A PostgreSQL server on 127.0.0.1 with a database of its own. It does not run as root: then as the user "postgres". */
export async function startPostgres(): Promise<Postgres> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('PostgreSQL is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'hibana-postgres-'));
  const user = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'hibana', '-A', 'trust'], {
    ...user,
    stdio: 'ignore',
    cwd: folder,
  });
  const [port = 0] = await chooseFreePorts(1);
  const args = ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder];
  const server = spawn(join(bin, 'postgres'), args, { ...user, stdio: 'ignore', cwd: folder });
  const ended = once(server, 'close');
  await untilReady(join(bin, 'pg_isready'), port);
  return {
    url: `jdbc:postgresql://127.0.0.1:${port}/postgres?user=hibana`,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function idOf(option: string): number {
  return Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
}

async function untilReady(program: string, port: number): Promise<void> {
  const deadline = Date.now() + UP_WITHIN_MS;
  for (;;) {
    try {
      execFileSync(program, ['-h', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(POLL_MS);
    }
  }
}
