import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

/** The content of a path in a commit: text, a link, a submodule, an executable, or `null` to delete it. */
export type FileContent =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly submodule: string }
  | { readonly executable: string }
  | null;

export type Files = Readonly<Record<string, FileContent>>;

export interface Commit {
  /** Default `main`; made from `main` when it does not exist yet. */
  readonly branch?: string;
  readonly files: Files;
  readonly message?: string;
  /** When it is committed; default some day in 2023. */
  readonly at?: Date;
}

export interface RepositoryContents {
  /** The first commit of `main`; without it the repository is empty. */
  readonly files?: Files;
  readonly message?: string;
  /** When the first commit is made; default some day in 2023. */
  readonly at?: Date;
  /** Branch → what its one commit changes on top of `main`. */
  readonly branches?: Readonly<Record<string, Files>>;
  /** Tag → the branch it is at. All are annotated. */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface BareRepository {
  readonly dir: string;
  /** Adds a commit; gives back its id. Its author is always the same. */
  commit(commit: Commit): Promise<string>;
  /** Makes an annotated tag at a branch. */
  tag(name: string, branch: string): Promise<void>;
  /** The output of any git command in this repository, without the last newline. */
  git(...args: readonly string[]): Promise<string>;
}

const SOME_DAY = new Date('2023-11-14T22:13:20Z');

function author(at: Date = SOME_DAY): string {
  return `A Tester <tester@example.org> ${Math.floor(at.getTime() / 1_000)} +0000`;
}

/** Makes a bare repository in the folder `dir` (which is created) by `git init` and `git fast-import`, apart from every configuration. */
export async function createBareRepository(dir: string, contents: RepositoryContents): Promise<BareRepository> {
  await mkdir(dir, { recursive: true });
  await run(dir, ['init', '--quiet', '--bare', '.']);
  await run(dir, ['symbolic-ref', 'HEAD', 'refs/heads/main']);
  const repository: BareRepository = {
    dir,
    commit: async (commit) => {
      const { branch = 'main' } = commit;
      const known = await run(dir, ['for-each-ref', '--format=%(refname)']);
      const base = [branch, 'main'].find((name) => known.split('\n').includes(`refs/heads/${name}`));
      await run(dir, ['fast-import', '--quiet', '--force'], importStream(commit, base));
      return run(dir, ['rev-parse', `refs/heads/${branch}`]);
    },
    tag: async (name, branch) => {
      const stream = `tag ${name}\nfrom refs/heads/${branch}^0\ntagger ${author()}\n${data(name)}`;
      await run(dir, ['fast-import', '--quiet'], Buffer.from(stream));
    },
    git: (...args) => run(dir, args),
  };
  const { files, message = 'First', at } = contents;
  if (files) await repository.commit({ files, message, ...(at === undefined ? {} : { at }) });
  for (const [branch, changed] of Object.entries(contents.branches ?? {}))
    await repository.commit({ branch, files: changed });
  for (const [name, branch] of Object.entries(contents.tags ?? {})) await repository.tag(name, branch);
  return repository;
}

function importStream({ branch = 'main', files, message = 'Change', at }: Commit, base: string | undefined): Buffer {
  const head = `commit refs/heads/${branch}\ncommitter ${author(at)}\n${data(message)}`;
  const from = base === undefined ? '' : `from refs/heads/${base}^0\n`;
  return Buffer.concat([
    Buffer.from(head + from),
    ...Object.entries(files).map(([path, content]) => change(path, content)),
  ]);
}

function change(path: string, content: FileContent): Buffer {
  const name = JSON.stringify(path);
  if (content === null) return Buffer.from(`D ${name}\n`);
  if (typeof content === 'string' || content instanceof Uint8Array) return inline('100644', name, content);
  if ('link' in content) return inline('120000', name, content.link);
  if ('executable' in content) return inline('100755', name, content.executable);
  return Buffer.from(`M 160000 ${content.submodule} ${name}\n`);
}

function inline(mode: string, name: string, content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from(`M ${mode} inline ${name}\ndata ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

function data(message: string): string {
  return `data ${Buffer.byteLength(message)}\n${message}\n`;
}

async function run(dir: string, args: readonly string[], input?: Buffer): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const child = spawn('git', [...args], { cwd: dir, env });
  child.stdin.end(input);
  const [output, problems, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${String(status)}: ${problems}`);
  return output.trimEnd();
}
