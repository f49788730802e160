import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RUNS_LAUNCHER } from '../../cli/build/builder-labels.ts';
import type { AppDescriptor } from '../../runtime/core/app.ts';
import { IMAGE_PATHS, type ImageToolchain } from '../../runtime/core/image-layout.ts';
import type { CliEnd } from './cli.ts';
import { realLayout } from './layout.ts';
import { launchRequestFor } from './requests.ts';

const root = join(import.meta.dirname, '..', '..');
const node = join(root, 'node_modules', 'node', 'bin', 'node');

/** The files of an application's image in a folder, with Spark, Java and Python of this machine. */
export interface ImageRoot extends AsyncDisposable {
  readonly path: string;
  /** A home for whoever runs it: all that a run writes is in there. */
  readonly home: string;
  /** Writes a file of the image; text as it is. */
  put(path: string, content: unknown): Promise<void>;
  /** Every path of the image, but for what is behind links. */
  files(): Promise<readonly string[]>;
}

/** `files` are the application's. */
export async function makeImageRoot(
  files: Readonly<Record<string, string>>,
  app: Partial<AppDescriptor> = {},
): Promise<ImageRoot> {
  const layout = await realLayout();
  const folder = await mkdtemp(join(tmpdir(), 'hibana-image-'));
  const path = join(folder, 'root');
  const home = join(folder, 'home');
  const at = (name: string): string => join(path, name);
  const put = async (name: string, content: unknown): Promise<void> => {
    await mkdir(dirname(at(name)), { recursive: true });
    await writeFile(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  };
  for (const name of [IMAGE_PATHS.spark, IMAGE_PATHS.dependencies]) await mkdir(at(name), { recursive: true });
  await mkdir(home);
  // Whoever runs it.
  await Promise.all([chmod(folder, 0o755), chmod(home, 0o777)]);
  await symlink(join(layout.spark, 'jars'), at(`${IMAGE_PATHS.spark}/jars`));
  await symlink(layout.pythonPath.at(-1) ?? '', at(`${IMAGE_PATHS.spark}/python`));
  await symlink(layout.java, at(IMAGE_PATHS.java));
  const { classPath, javaRelease, javaHasVectorModule, python } = layout;
  const toolchain: ImageToolchain = {
    ...{ version: 1, spark: '4.2.1', classPath, javaRelease, javaHasVectorModule },
    ...{ python: python ?? '', pythonMinor: '3.11' },
  };
  await put(IMAGE_PATHS.toolchain, toolchain);
  await put(IMAGE_PATHS.descriptor, { ...launchRequestFor().app, ...app });
  for (const [name, text] of Object.entries(files)) await put(`${IMAGE_PATHS.app}/${name}`, text);
  await mkdir(dirname(at(IMAGE_PATHS.launcher)));
  await copyFile(join(root, 'dist', 'image', 'launcher.mjs'), at(IMAGE_PATHS.launcher));
  return {
    ...{ path, home, put },
    files: async () => (await readdir(path, { recursive: true })).sort(),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

export interface ContainerProcess {
  readonly pid: number;
  readonly ended: Promise<CliEnd>;
  /** Resolves when `text` has been seen on stdout; rejects when the launcher ends without it. */
  readonly saw: (text: string) => Promise<void>;
}

export interface ContainerOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What runs the launcher: Node by itself, unless a test puts something before it. */
  readonly before?: readonly string[];
}

/** The image's entry point with the arguments of a command, as a container would start it: nothing on stdin, little in the environment. */
export function startImage(
  image: ImageRoot,
  args: readonly string[],
  options: ContainerOptions = {},
): ContainerProcess {
  const [, ...entry] = RUNS_LAUNCHER.entrypoint.map((word) =>
    word === IMAGE_PATHS.launcher ? join(image.path, word) : word,
  );
  const [file = node, ...words] = [...(options.before ?? []), node, ...entry];
  const child = spawn(file, [...words, ...args], {
    cwd: image.home,
    env: { PATH: process.env.PATH ?? '', HOME: image.home, TMPDIR: image.home, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    chunks.stderr += chunk;
  });
  const ended = once(child, 'close').then(([status, signal]) => ({ status, signal, ...chunks }) as CliEnd);
  const saw = async (wanted: string): Promise<void> => {
    while (!chunks.stdout.includes(wanted)) {
      const next = await Promise.race([once(child.stdout, 'data'), ended]);
      if ('status' in next && !next.stdout.includes(wanted)) {
        throw new Error(`the launcher ended with ${next.status} before "${wanted}":\n${next.stderr}`);
      }
    }
  };
  return { pid: child.pid ?? 0, ended, saw };
}

export function runImage(image: ImageRoot, args: readonly string[], options: ContainerOptions = {}): Promise<CliEnd> {
  return startImage(image, args, options).ended;
}
