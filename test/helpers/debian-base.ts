import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { directorySource } from '../../cli/image/directory-source.ts';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { packImage } from '../../cli/image/pack-image.ts';
import { testCtx } from './ctx.ts';

/** Kept between runs of the tests: making it takes a minute. */
const FOLDER = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hibana-test', 'debian-bookworm-python');

export function canMakeDebianBase(): boolean {
  if (existsSync(FOLDER)) return true;
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('debootstrap', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A small Debian with Python 3.11 as an image for this machine, in an OCI layout under the tag `base`: the folder. */
export async function debianBase(): Promise<string> {
  if (existsSync(FOLDER)) return FOLDER;
  const work = await mkdtemp(join(tmpdir(), 'hibana-debootstrap-'));
  try {
    const root = join(work, 'root');
    const packages = '--include=python3,ca-certificates';
    execFileSync('debootstrap', ['--variant=minbase', packages, 'bookworm', root], { stdio: 'ignore' });
    for (const name of ['var/cache/apt', 'var/lib/apt/lists', 'var/log', 'dev', 'proc', 'sys']) {
      execFileSync('find', [join(root, name), '-mindepth', '1', '-delete'], { stdio: 'ignore' });
    }
    const layout = join(work, 'layout');
    await packImage(
      {
        base: {
          kind: 'scratch',
          platform: { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch },
        },
        layers: [
          directorySource({ kind: 'root', key: null, createdBy: 'debootstrap', dir: root, prefix: '', owner: 'kept' }),
        ],
        changes: { env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }, cmd: ['bash'] },
        destination: createLayoutStore({ folder: layout, pid: process.pid }),
        tags: ['base'],
        scratch: work,
      },
      testCtx(),
    );
    await mkdir(join(FOLDER, '..'), { recursive: true });
    // Another run of the tests may have been faster.
    execFileSync('cp', ['-a', layout, `${FOLDER}.${process.pid}`]);
    await rename(`${FOLDER}.${process.pid}`, FOLDER).catch(() => rm(`${FOLDER}.${process.pid}`, { recursive: true }));
    return FOLDER;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
