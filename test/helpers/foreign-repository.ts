import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import * as z from 'zod';
import type { Files } from './git-repository.ts';

const DescriptionSchema = z.strictObject({
  /** What of its time it shows. */
  manner: z.string(),
  committedAt: z.iso.datetime().transform((text) => new Date(text)),
  /** For `hibana run`: what the repository cannot say itself. */
  options: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  status: z.int().default(0),
  stdout: z.array(z.string()),
  http: z.array(z.strictObject({ path: z.string(), status: z.int(), body: z.string() })).default([]),
  stop: z.strictObject({ when: z.string(), signal: z.enum(['SIGTERM', 'SIGINT']) }).optional(),
  /** The tool that locks its requirements as of `committedAt`; the lock file becomes a part of the commit. */
  lock: z.enum(['uv']).optional(),
});

export interface ForeignRepository extends z.infer<typeof DescriptionSchema> {
  readonly name: string;
}

const folder = join(import.meta.dirname, '..', 'fixtures', 'repositories');

/** Repositories in the manner of their years, by name; each runs as it is. */
export async function foreignRepositories(): Promise<readonly ForeignRepository[]> {
  const names = (await readdir(folder)).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name, 'repository.json'), 'utf8');
      return { name, ...DescriptionSchema.parse(JSON.parse(text)) };
    }),
  );
}

/** What its commit has in it. `uv` is the program that locks. */
export async function filesOf({ name, lock, committedAt }: ForeignRepository, uv: string): Promise<Files> {
  const tree = join(folder, name, 'tree');
  if (lock === undefined) return readFiles(tree);
  const copy = await mkdtemp(join(tmpdir(), 'hibana-lock-'));
  try {
    await cp(tree, copy, { recursive: true });
    execFileSync(uv, ['lock', '--quiet', '--exclude-newer', committedAt.toISOString()], { cwd: copy, stdio: 'pipe' });
    return await readFiles(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function readFiles(root: string): Promise<Files> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = files.map(async (file) => [relative(root, file), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
}
