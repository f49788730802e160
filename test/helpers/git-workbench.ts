import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OpenOptions } from '../../cli/source/options.ts';

/** A scratch folder to open sources in, and the means to see what was left behind. */
export interface Workbench extends AsyncDisposable {
  readonly scratch: string;
  /** Options with no credentials, nothing asked for, short time-outs, and a mark of their own. */
  options(change?: Partial<OpenOptions>): OpenOptions;
  /** What is in the scratch folder now. */
  left(): Promise<readonly string[]>;
  /** `cmdline` and `environ` of every process that carries the mark. */
  processes(): Promise<readonly { readonly pid: number; readonly cmdline: string; readonly environ: string }[]>;
}

export async function startWorkbench(prefix = 'hibana-scratch-'): Promise<Workbench> {
  const scratch = await mkdtemp(join(tmpdir(), prefix));
  const mark = `HIBANA_TEST_MARK=${scratch}`;
  return {
    scratch,
    options: (change = {}) => ({
      scratch,
      templatesDir: join(scratch, 'no-templates'),
      submodules: false,
      lfs: false,
      credentials: {},
      caFile: null,
      totalTimeoutMs: 15_000,
      silenceTimeoutMs: 10_000,
      env: { PATH: process.env.PATH, HOME: scratch },
      extraEnv: { HIBANA_TEST_MARK: scratch },
      ...change,
    }),
    left: () => readdir(scratch),
    processes: async () => {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
      const all = await Promise.all(pids.map(readProcess));
      return all.filter(({ environ }) => environ.includes(mark));
    },
    [Symbol.asyncDispose]: () => rm(scratch, { recursive: true, force: true }),
  };
}

async function readProcess(pid: number): Promise<{ pid: number; cmdline: string; environ: string }> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
  const [cmdline, environ] = await Promise.all([read('cmdline'), read('environ')]);
  return { pid, cmdline, environ };
}
