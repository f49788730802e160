import { describe, expect, it } from 'vitest';
import { outputAskedFor, parseCommandLine } from '../../../../cli/command-line/parse.ts';
import { COMMANDS } from '../../../../cli/commands/index.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { exampleCommands } from '../../../helpers/example-commands.ts';

const { commands } = exampleCommands();

function parse(...argv: readonly string[]) {
  const line = parseCommandLine(argv, commands);
  if (line.kind !== 'command') throw new Error(`no command but ${line.kind}`);
  return { ...line.args, name: line.command.definition.name, global: line.global };
}

function mistake(...argv: readonly string[]) {
  try {
    parseCommandLine(argv, commands);
  } catch (error) {
    if (error instanceof ToolError)
      return { code: error.code, exit: error.exitCode, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error('the command line was taken');
}

describe('parseCommandLine()', () => {
  it('leaves everything after -- untouched', () => {
    const rest = ['-1', '--x=y', '', 'a b', '"quoted"', '--', '--help', '-o', 'json', '0123', '1e5'];
    expect(parse('run', 'pi', '--', ...rest).rest).toEqual(rest);
  });

  it('keeps every value a text', () => {
    const { options, positionals } = parse(
      'run',
      '0123',
      '--ref',
      '1e5',
      '-w',
      '007',
      '--conf',
      'a.b=1',
      '--conf=c==d',
    );
    expect(options).toMatchObject({ ref: '1e5', workers: '007', conf: ['a.b=1', 'c==d'] });
    expect(positionals).toEqual({ source: '0123' });
  });

  it('gives defaults where nothing is given', () => {
    const { options, global } = parse('run', 'pi');
    expect(options).toMatchObject({ workers: '2', ref: undefined, conf: [], submodules: false });
    expect(global).toMatchObject({ output: 'text', quiet: false, platform: 'local' });
  });

  it.each([[['--submodules', 'run', 'pi']], [['run', '--submodules', 'pi']], [['run', 'pi', '--submodules']]])(
    'takes flags anywhere: %j',
    (argv) => {
      expect(parse(...argv)).toMatchObject({ positionals: { source: 'pi' }, options: { submodules: true } });
    },
  );

  it('takes options of every command before the command, short ones together, and the last of two', () => {
    expect(parse('-qo', 'json', 'run', 'pi', '-o', 'ndjson').global).toMatchObject({ quiet: true, output: 'ndjson' });
  });

  it('does not let an option that takes a list swallow the source', () => {
    expect(parse('run', '--conf', 'a=b', 'https://host/app.git')).toMatchObject({
      options: { conf: ['a=b'] },
      positionals: { source: 'https://host/app.git' },
    });
  });

  it('takes an empty value, and one with a leading dash after =', () => {
    expect(parse('run', 'pi', '--ref=').options).toMatchObject({ ref: '' });
    expect(parse('run', 'pi', '--ref', '').options).toMatchObject({ ref: '' });
    expect(parse('run', 'pi', '--ref=-x').options).toMatchObject({ ref: '-x' });
  });

  it('finds a command of two words', () => {
    expect(parse('cluster', 'list').name).toBe('cluster list');
  });

  it.each([
    [['--help'], { kind: 'help', of: null }],
    [['cluster', '--help'], { kind: 'help', of: 'cluster' }],
    [['run', '--help'], { kind: 'help', of: { name: 'run' } }],
    [['run', '-h', '--unknown'], { kind: 'help', of: { name: 'run' } }],
    [['--version'], { kind: 'version' }],
  ])('asks for %j', (argv, line) => {
    expect(parseCommandLine(argv, commands)).toMatchObject(line);
  });

  it.each([
    [['rnu', 'pi'], 'Cannot run "hibana rnu": there is no such command', 'Did you mean "hibana run"?'],
    [
      ['cluster', 'lst'],
      'Cannot run "hibana cluster lst": there is no such command',
      'Did you mean "hibana cluster list"?',
    ],
    [['zzzzzz'], 'Cannot run "hibana zzzzzz": there is no such command', 'Run "hibana --help" to see the commands'],
    [
      ['cluster'],
      'Cannot tell what to do: "cluster" needs a command',
      'Run "hibana cluster --help" to see the commands',
    ],
    [['-q'], 'Cannot tell what to do: no command is given', 'Run "hibana --help" to see the commands'],
    [
      ['run', 'pi', '--wrokers', '2'],
      'Cannot use "--wrokers": "run" has no such option',
      'Did you mean --workers? If not: the application\'s arguments go after "--"',
    ],
    [
      ['run', 'pi', '--work=2'],
      'Cannot use "--work": "run" has no such option',
      'Did you mean --workers? If not: the application\'s arguments go after "--"',
    ],
    [['run', 'pi', '-1'], 'Cannot use "-1": "run" has no such option', 'Put the application\'s arguments after "--"'],
    [['run', 'pi', '--constructor'], 'Cannot use "--constructor": "run" has no such option', undefined],
    [
      ['run', 'pi', '10'],
      'Cannot use the argument "10": "run" takes one',
      'Put the application\'s arguments after "--"',
    ],
    [['run'], 'Cannot run "run": <source> is missing', undefined],
    [['run', 'pi', '-o', 'xml'], 'Cannot use "-o xml": it is one of text, json, ndjson', undefined],
    [['run', 'pi', '--ref'], 'Cannot use "--ref": it needs a value', 'Write --ref=REF'],
    [['run', 'pi', '--ref', '--quiet'], 'Cannot use "--ref": it needs a value', 'Write --ref=REF'],
    [['run', 'pi', '--quiet=1'], 'Cannot use "--quiet=1": --quiet takes no value', undefined],
    [['cluster', 'list', '--', 'x'], 'Cannot use arguments after "--": "cluster list" takes none', undefined],
  ])('refuses %j', (argv, message, hint) => {
    const found = mistake(...argv);
    expect(found).toMatchObject({ code: 'USAGE', exit: 2, message });
    if (hint !== undefined) expect(found.hint).toBe(hint);
  });
});

describe('parseCommandLine() of build', () => {
  const build = (...argv: readonly string[]) => {
    const line = parseCommandLine(['build', 'pi', ...argv], COMMANDS);
    return line.kind === 'command' ? [line.args.options.to, line.global.output] : [];
  };

  it.each([
    [['--output', 'oci:out'], 'oci:out', 'text'],
    [['--output=oci:out/', '-o', 'json'], 'oci:out/', 'json'],
    [['-o', 'ndjson', '-o', 'oci:out:v1'], 'oci:out:v1', 'ndjson'],
    [['--to', 'oci:out', '--output', 'json'], 'oci:out', 'json'],
  ])('tells a place from a format in %j', (argv, to, output) => {
    expect(build(...argv)).toEqual([to, output]);
    expect(outputAskedFor(['build', 'pi', ...argv])).toBe(output);
  });

  it('takes no place where an option has none', () => {
    expect(() => parseCommandLine(['run', 'pi', '--output', 'oci:out'], COMMANDS)).toThrowError(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});
