import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { programFor } from '../../../../../runtime/launcher/container/first-process.ts';

const node = { file: '/n/node', options: ['--x'], args: ['/hibana/launcher.mjs', 'launch', 'a b'] };
const small = ['/n/node', '--x', '--lite-mode', '--', '/hibana/launcher.mjs', 'launch', 'a b'];

describe('programFor()', () => {
  it('is a shell in front of a small Node for the first process, which reaps orphans', () => {
    const program = programFor(node, 1, () => true);
    expect(program?.file).toBe('/bin/sh');
    expect(program?.args.slice(-small.length)).toEqual(small);
  });

  it.each([
    ['another process', 7, true],
    ['the first one where there is no shell', 1, false],
  ])('is a small Node alone for %s', (_what, pid, hasShell) => {
    expect(programFor(node, pid, () => hasShell)).toEqual({ file: '/n/node', args: small });
  });

  it('is nothing else for what is small already', () => {
    expect(programFor({ ...node, options: ['--lite-mode'] }, 1, () => true)).toBeUndefined();
  });
});

/** The shell of the first process, around a program of the test's. */
function start(code: string): ReturnType<typeof spawn> {
  const program = programFor({ file: process.execPath, options: ['-e', code], args: ['a b', ''] }, 1, () => true);
  if (!program) throw new Error('there is none');
  const [, ...args] = program.args;
  return spawn(program.file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function output(child: ReturnType<typeof spawn>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the shell of the first process', () => {
  it('passes arguments and stdin on, and ends with the status', async () => {
    const child = start(
      'process.stdin.pipe(process.stdout); process.exitCode = process.argv[1] === "a b" && process.argv[2] === "" ? 5 : 1',
    );
    const ended = once(child, 'exit');
    child.stdin?.end('hello');
    expect(await output(child)).toBe('hello');
    expect(await ended).toEqual([5, null]);
  });

  it('passes signals on, each of them, and waits for the end', async () => {
    const child = start(
      'let n = 0; for (const s of ["SIGTERM", "SIGINT"]) process.on(s, () => { console.log(s); if (++n === 2) process.exit(7); }); setInterval(() => {}, 1000); console.log("ready")',
    );
    const ended = once(child, 'exit');
    const lines: string[] = [];
    for await (const chunk of child.stdout ?? []) {
      lines.push(String(chunk).trim());
      if (lines.length === 1) child.kill('SIGTERM');
      if (lines.length === 2) child.kill('SIGINT');
    }
    expect(lines).toEqual(['ready', 'SIGTERM', 'SIGINT']);
    expect(await ended).toEqual([7, null]);
  });

  it('ends as a shell does when its child is killed', async () => {
    const child = start('process.kill(process.pid, "SIGKILL")');
    expect(await once(child, 'exit')).toEqual([137, null]);
  });
});
