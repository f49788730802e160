import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { type CliProcess, startCli } from './cli.ts';
import type { DockerSuite } from './docker-suite.ts';
import { addS2iBuilder, scriptText } from './s2i-builder.ts';

export interface DockerBuild {
  /** The folder of its source, below that of the suite. */
  readonly name: string;
  /** What its own `assemble` does. */
  readonly assemble: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `hibana build` in the daemon of a suite, from a builder in the folder `builders` to the image `out:latest` beside it. Its events are on stdout. */
export async function startDockerBuild(
  { daemon, folder, home }: DockerSuite,
  { name, assemble, options = [], env = {} }: DockerBuild,
): Promise<CliProcess> {
  const store = createLayoutStore({ folder: join(folder, 'builders'), pid: process.pid });
  const save = 'echo saving >&2; sleep 600';
  await addS2iBuilder(store, { tag: 'v1', scripts: { run: '', assemble: 'touch /tmp/made', 'save-artifacts': save } });
  const source = join(folder, name);
  await mkdir(join(source, '.s2i', 'bin'), { recursive: true });
  await writeFile(join(source, '.s2i', 'bin', 'assemble'), scriptText(assemble), { mode: 0o755 });
  const from = ['build', source, '--builder', `oci:${folder}/builders:v1`, '--to', `oci:${folder}/out:latest`];
  const args = [...from, '--build-in', 'docker', '--build-network', 'none', '--output', 'ndjson', ...options];
  return startCli(args, home, { env: { DOCKER_HOST: daemon.host, ...env } });
}
