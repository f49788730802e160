import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Command, Edges } from '../../../cli/commands/command.ts';
import { Interruption } from '../../../cli/interruption.ts';
import { runProgram } from '../../../cli/program.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { exampleCommands } from '../../helpers/example-commands.ts';
import { testReporterEdges } from '../../helpers/report-edges.ts';

async function program(argv: readonly string[], handle?: Command['run']) {
  const streams = testReporterEdges();
  const edges: Edges = {
    ...streams,
    stdin: Readable.from([]),
    env: {},
    cwd: '/work',
    home: '/home/me',
    root: '/package',
    node: '/bin/node',
    platform: 'linux',
    arch: 'x64',
    pid: 1,
    memoryBytes: () => 2 ** 34,
    version: '1.2.3',
    random: () => 0.5,
    onSignal: () => ({ [Symbol.dispose]: () => undefined }),
    exitNow: () => {
      throw new Error('ended');
    },
  };
  const { commands, ran } = exampleCommands(handle);
  const status = await runProgram(argv, edges, commands);
  return { status, ran, out: streams.out.text(), err: streams.err.text() };
}

const failing =
  (error: unknown): Command['run'] =>
  async () => {
    throw error;
  };

describe('runProgram()', () => {
  it('ends with the status of the command', async () => {
    expect(await program(['run', 'pi'], async () => 3)).toMatchObject({ status: 3, out: '', err: '' });
  });

  it('gives the command what is after -- untouched', async () => {
    const { ran } = await program(['run', 'pi', '--', '-1', '--x=y', '', 'a b']);
    expect(ran).toMatchObject([{ rest: ['-1', '--x=y', '', 'a b'] }]);
  });

  it('prints help and the version on stdout', async () => {
    expect(await program(['--version'])).toMatchObject({ status: 0, out: '1.2.3\n', err: '' });
    const { out } = await program(['run', '--help']);
    expect(out.indexOf('Examples:')).toBeLessThan(out.indexOf('Options:'));
    expect(out).toContain('      --ref REF         Branch, tag or commit');
  });

  it('shows help on stderr and ends with 2 when it is given nothing', async () => {
    const { status, out, err } = await program([]);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('Usage:');
  });

  it('tells an error with its code and hint, and ends with its status', async () => {
    const error = new ToolError('GIT_AUTH', 'Cannot clone "https://user:secret@host": the server answered 401');
    const { status, out, err } = await program(['run', 'pi'], failing(error));
    expect({ status, out, err }).toEqual({
      status: 3,
      out: '',
      err:
        'hibana: Cannot clone "https://***@host": the server answered 401 [GIT_AUTH]\n' +
        '  Give credentials with --git-token-file, or a key with --git-ssh-key\n',
    });
  });

  it('says how to see the stack of a mistake of ours, and shows it with --debug', async () => {
    const plain = await program(['run', 'pi'], failing(new Error('boom')));
    expect(plain).toMatchObject({ status: 1 });
    expect(plain.err).toBe('hibana: unexpected error: boom\n  Run it again with --debug to see where it comes from\n');
    const { err } = await program(['run', 'pi', '--debug'], failing(new Error('boom', { cause: new Error('why') })));
    expect(err).toMatch(/at .*program\.test\.ts/);
    expect(err).toContain('Error: why');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends with the status of %s', async (signal, status) => {
    expect(await program(['run', 'pi'], failing(new Interruption(signal)))).toMatchObject({ status });
  });
});

describe('runProgram() --output json', () => {
  const succeed: Command['run'] = async (_args, app) => {
    await app.writeResult({ text: 'for people', data: { answer: 42, ok: 'not yours' } });
    return 0;
  };

  it('writes one document on stdout', async () => {
    const { out } = await program(['run', 'pi', '-o', 'json'], succeed);
    expect(JSON.parse(out)).toEqual({
      schema: 'hibana.result/v1',
      type: 'result',
      command: 'run',
      ok: true,
      error: null,
      answer: 42,
    });
  });

  it('writes one line for ndjson, and the text for people', async () => {
    expect((await program(['run', 'pi', '-o', 'ndjson'], succeed)).out).toMatch(/^\{.*\}\n$/);
    expect((await program(['run', 'pi'], succeed)).out).toBe('for people\n');
  });

  it.each([
    ['a failure', failing(new ToolError('USAGE', 'm', { details: { file: 'x' } })), 'USAGE'],
    ['a mistake of ours', failing(new Error('boom')), 'INTERNAL'],
    ['an interruption', failing(new Interruption('SIGINT')), 'INTERRUPTED'],
    ['a status without a result', async () => 3, 'STATUS'],
  ] as const)('writes the document after %s too', async (_what, handle, code) => {
    const { out } = await program(['run', 'pi', '--output=json'], handle);
    expect(JSON.parse(out)).toMatchObject({ ok: false, command: 'run', error: { code } });
  });

  it('writes the document when the command line cannot be read', async () => {
    const { out, status } = await program(['rnu', '-o', 'json']);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ ok: false, command: null, error: { code: 'USAGE' } });
  });

  it('does not write a second one when the command fails after its result', async () => {
    const { out } = await program(['run', 'pi', '-o', 'json'], async (_args, app) => {
      await app.writeResult({ data: {}, error: { code: 'JOB_FAILED', message: 'm', hint: 'h' } });
      throw new Error('late');
    });
    expect(JSON.parse(out)).toMatchObject({ ok: false, error: { code: 'JOB_FAILED' } });
  });
});

describe('createReporter() of the program', () => {
  it('keeps what is said until the reporter is there, in order', async () => {
    const { err } = await program(['run', 'pi'], async (_args, app) => {
      const reporter = app.createReporter('pi-1');
      reporter.emit({ type: 'notice', level: 'info', message: 'one' });
      reporter.emit({ type: 'notice', level: 'info', message: 'two' });
      await reporter.close();
      return 0;
    });
    expect(err).toBe('hibana: one\nhibana: two\n');
  });
});
