import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runToEnd } from '../run-to-end.ts';

const VERSION = 'v1.4.0';
const MODULE = 'github.com/openshift/source-to-image';
/** Without the parts that need C libraries; they are about storage that no build here uses. */
const TAGS = 'containers_image_openpgp exclude_graphdriver_btrfs exclude_graphdriver_devicemapper';
const MAIN = `package main

import (
	"os"

	"${MODULE}/pkg/cmd/cli"
)

func main() {
	if err := cli.CommandFor().Execute(); err != nil {
		os.Exit(1)
	}
}
`;

/** The program s2i, built from its Go module, once: into `folder`. Needs `go`, and takes a minute or two. */
export async function findS2i(folder: string, signal: AbortSignal): Promise<string> {
  const program = join(folder, `s2i-${VERSION}`);
  if (existsSync(program)) return program;
  const work = await mkdtemp(join(tmpdir(), 'hibana-bench-s2i-'));
  try {
    await writeFile(join(work, 'main.go'), MAIN);
    const made = join(work, 's2i');
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=mod' };
    const commands = [
      ['mod', 'init', 'bench.test/s2i'],
      ['get', `${MODULE}@${VERSION}`],
      ['mod', 'tidy'],
      ['build', '-tags', TAGS, '-o', made, '.'],
    ];
    for (const args of commands) await runToEnd({ file: 'go', args, env, cwd: work }, signal);
    await mkdir(dirname(program), { recursive: true });
    await rename(made, program).catch(
      async () => void (await runToEnd({ file: 'cp', args: [made, program], env }, signal)),
    );
    return program;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
