import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';

const SOURCES = join(import.meta.dirname, 'programs');
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hibana-test', 'kubernetes');
const OLDEST_GO = 26;
const BUILD_WITHIN_MINUTES = 30;
/** Of the Go in its way: smaller, and a tenth less of work. */
const FLAGS = ['-trimpath', '-buildvcs=false', '-gcflags=all=-dwarf=false'];

/** What runs a cluster: `kubernetes NAME …` is each of its programs, `kubectl` is one of them by its own name, `pause` is for namespaces. */
export interface Programs {
  readonly kubernetes: string;
  readonly kubectl: string;
  readonly pause: string;
}

/** The programs, from the cache; `undefined` where they are not built. Without a Go those that any has made of these sources will do. */
export function findPrograms(): Programs | undefined {
  const go = goVersion();
  const [folder] = globSync(`${sourcesKey()}-${go ?? '*'}`, { cwd: CACHE });
  return folder === undefined ? undefined : programsIn(join(CACHE, folder));
}

/** Whether there is a Go that can build them. */
export function canBuildPrograms(): boolean {
  return Number(/^go1\.(\d+)/.exec(goVersion() ?? '')?.[1] ?? 0) >= OLDEST_GO;
}

/** The programs, built where they are not there: minutes, and 4 GB of disk while it lasts. Nothing of it stays but the programs. */
export async function buildPrograms(): Promise<Programs> {
  await mkdir(CACHE, { recursive: true });
  const tries = { retries: BUILD_WITHIN_MINUTES * 60, factor: 1, minTimeout: 1_000 };
  const release = await lock(CACHE, { stale: 20_000, retries: tries });
  const work = join(CACHE, 'work');
  try {
    const found = findPrograms();
    if (found !== undefined) return found;
    await rm(work, { recursive: true, force: true });
    await compile(work);
    const folder = join(CACHE, `${sourcesKey()}-${goVersion()}`);
    await rename(join(work, 'made'), folder);
    return programsIn(folder);
  } finally {
    await rm(work, { recursive: true, force: true });
    await release();
  }
}

async function compile(work: string): Promise<void> {
  const env = {
    ...process.env,
    ...{ CGO_ENABLED: '0', GOGC: '400', GOFLAGS: '-modcacherw' },
    ...{ GOCACHE: join(work, 'cache'), GOMODCACHE: join(work, 'modules'), GOTMPDIR: work },
  };
  await mkdir(join(work, 'made'), { recursive: true });
  const build = (name: string, folder: string, linked: string): Promise<unknown> => {
    const args = ['-n', '10', 'go', 'build', ...FLAGS, '-ldflags', `-s -w ${linked}`, '-o', join(work, 'made', name)];
    return promisify(execFile)('nice', [...args, folder], { cwd: SOURCES, env });
  };
  await build('pause', './pause', '');
  await build('kubernetes', '.', versionFlags());
  await symlink('kubernetes', join(work, 'made', 'kubectl'));
}

/** Without them the API server says that it is v0.0.0. */
function versionFlags(): string {
  const version = /k8s\.io\/kubernetes (v1\.(\d+)\.\d+)/.exec(readFileSync(join(SOURCES, 'go.mod'), 'utf8'));
  const [, full, minor] = version ?? [];
  const values = { gitVersion: full, gitMajor: '1', gitMinor: minor, gitTreeState: 'clean' };
  const variables = Object.entries(values).map(([name, value]) => `k8s.io/component-base/version.${name}=${value}`);
  return [...variables, `k8s.io/client-go/pkg/version.gitVersion=${full}`].map((text) => `-X ${text}`).join(' ');
}

function programsIn(folder: string): Programs {
  const program = (name: string): string => join(folder, name);
  return { kubernetes: program('kubernetes'), kubectl: program('kubectl'), pause: program('pause') };
}

function sourcesKey(): string {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const path of globSync('{*.go,*/*.go,go.*}', { cwd: SOURCES }).toSorted()) {
    hash.update(`\n${path}\n`).update(readFileSync(join(SOURCES, path)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** `go1.26.8`; `undefined` where none is on the PATH. */
function goVersion(): string | undefined {
  try {
    return execFileSync('go', ['env', 'GOVERSION'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
