import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerHost } from '../../../../../cli/build/s2i/build-container.ts';
import { runScript, type ScriptRun } from '../../../../../cli/build/s2i/run-script.ts';
import { findExecutables } from '../../../../../cli/toolchain/find-executables.ts';
import { testCtx } from '../../../../helpers/ctx.ts';
import { ShellContainerHost } from '../../../../helpers/shell-container-host.ts';

let folder: string;
let host: ShellContainerHost;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hibana-script-'));
  await mkdir(join(folder, 'app'));
  host = new ShellContainerHost(join(folder, 'secrets'));
});
afterEach(() => rm(folder, { recursive: true }));

const shells = [
  ['/bin/sh'],
  ...((await findExecutables('bash', process.env)).length > 0 ? [['bash', '--norc', '--posix']] : []),
];

function runOf(text: string, changes: Partial<ScriptRun> = {}): ScriptRun {
  const script = { kind: 'upload', name: 'assemble', bytes: Buffer.from(`#!/bin/sh\n${text}\n`) } as const;
  const bounds = { memoryBytes: null, millicores: null, network: 'none' };
  return {
    ...{ name: 'assemble', script, destination: join(folder, 'app'), output: null, withinMs: 20_000 },
    container: { image: 'builder', name: 'b', env: [], user: null, labels: {}, uploads: [], ...bounds },
    input: { assemble: script, alsoUpload: [], source: [], secrets: {}, variables: {} },
    ...changes,
  };
}

async function linesOf(run: ScriptRun, on: ContainerHost = host) {
  const lines: string[] = [];
  await using ended = await runScript(run, on, (line) => lines.push(line), testCtx());
  return { lines, status: ended.status };
}

describe('runScript()', () => {
  it.each(shells)('tells all that a script says, and its status: %s', async (...shell) => {
    const on: ContainerHost = {
      start: (spec, onLine) => host.start({ ...spec, command: [...shell, ...spec.command.slice(1)] }, onLine),
    };
    expect(await linesOf(runOf('echo 1; echo; echo 2 >&2; printf 3; exit 42'), on)).toEqual({
      lines: ['1', '', '2', '3'],
      status: 42,
    });
    expect(await linesOf(runOf('true'), on)).toEqual({ lines: [], status: 0 });
    expect((await linesOf(runOf('kill -KILL $$'), on)).status).toBe(137);
  });

  it('gives the script nothing of its own: no input, no variable, no open file', async () => {
    const env = ['hibana_name=mine', 'name=mine', 'data=mine'];
    const run = runOf(`cat > ${folder}/input; env > ${folder}/env; ls /proc/$$/fd > ${folder}/open`);
    await linesOf({ ...run, container: { ...run.container, env: env.slice(1) } });
    expect(await readFile(join(folder, 'input'), 'utf8')).toBe('');
    expect((await readFile(join(folder, 'env'), 'utf8')).match(/^(hibana_|name|data).*/gm)?.sort()).toEqual([
      'data=mine',
      'name=mine',
    ]);
    expect(await readFile(join(folder, 'open'), 'utf8')).not.toMatch(/^[34]$/m);
  });

  it.each(shells)('gives variables for the script alone in no place that daemons keep: %s', async (...shell) => {
    const on: ContainerHost = {
      start: (spec, onLine) => host.start({ ...spec, command: [...shell, ...spec.command.slice(1)] }, onLine),
    };
    const odd = `a 'quoted' "word" $HOME \\ \`id\`\n\nlast`;
    const variables = { PROXY: 'http://u:s3cr3t@host', ODD: odd, TWICE: 'sent', UID: '7', 'with.dot': 'x' };
    const run = runOf(`printf %s "$ODD" > ${folder}/odd; echo "$PROXY $TWICE"`);
    const asked = { ...run, container: { ...run.container, env: ['TWICE=image'] }, input: { ...run.input, variables } };
    expect((await linesOf(asked, on)).lines).toEqual(['http://u:s3cr3t@host sent']);
    expect(await readFile(join(folder, 'odd'), 'utf8')).toBe(odd);
    const specs = host.started.map(({ spec }) => spec);
    expect(JSON.stringify(specs)).not.toContain('s3cr3t');
    expect(specs.map(({ env }) => env)).toEqual([['TWICE=image', 'UID=7', 'with.dot=x']]);
  });

  it('says that its container was ended from outside', async () => {
    const on: ContainerHost = {
      start: (spec, onLine) =>
        host.start(spec, (line) => {
          onLine(line);
          for (const { pid } of host.started) process.kill(-pid, 'SIGKILL');
        }),
    };
    await expect(linesOf(runOf('echo begun; sleep 600'), on)).rejects.toMatchObject({ code: 'CONTAINER_FAILED' });
    expect(host.started.map(({ isDeleted }) => isDeleted)).toEqual([true]);
  });

  it('ends when its input does before all of it has come', async () => {
    const on: ContainerHost = {
      async start(spec, onLine) {
        const container = await host.start(spec, onLine);
        container.input.end('\n1024\n');
        return container;
      },
    };
    const { lines, status } = await linesOf(runOf('echo begun'), on);
    expect(status).toBeGreaterThan(0);
    expect(lines).not.toContain('begun');
  });
});
