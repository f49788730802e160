import { describe, expect, it } from 'vitest';
import { chooseReporter, type ReporterChoice, usesColor } from '../../../../cli/report/choose-reporter.ts';
import type { ReporterKind } from '../../../../cli/report/reporter.ts';

const TERMINAL: ReporterChoice = {
  output: 'text',
  quiet: false,
  plain: false,
  stderrIsTty: true,
  env: { TERM: 'xterm-256color' },
};

describe('chooseReporter()', () => {
  it.each<[why: string, change: Partial<ReporterChoice>, kind: ReporterKind]>([
    ['a person at a terminal', {}, 'ink'],
    ['a pipe or a file', { stderrIsTty: false }, 'lines'],
    ['--plain', { plain: true }, 'lines'],
    ['a CI system that gives a terminal', { env: { TERM: 'xterm', CI: 'true' } }, 'lines'],
    ['CI=false', { env: { TERM: 'xterm', CI: 'false' } }, 'ink'],
    ['an empty CI', { env: { TERM: 'xterm', CI: '' } }, 'ink'],
    ['a terminal that cannot redraw', { env: { TERM: 'dumb' } }, 'lines'],
    ['a terminal of no known type', { env: {} }, 'lines'],
    ['a screen reader', { env: { TERM: 'xterm', INK_SCREEN_READER: 'true' } }, 'lines'],
    ['--quiet', { quiet: true }, 'quiet'],
    ['--quiet without a terminal', { quiet: true, stderrIsTty: false }, 'quiet'],
    ['--output json', { output: 'json' }, 'json'],
    ['--output json --quiet', { output: 'json', quiet: true }, 'json'],
    ['--output ndjson --plain', { output: 'ndjson', plain: true }, 'ndjson'],
  ])('%s', (_why, change, kind) => {
    expect(chooseReporter({ ...TERMINAL, ...change })).toBe(kind);
  });
});

describe('usesColor()', () => {
  it.each([
    ['a terminal', { isTty: true }, true],
    ['a pipe', { isTty: false }, false],
    ['a pipe with FORCE_COLOR', { isTty: false, env: { FORCE_COLOR: '1' } }, true],
    ['FORCE_COLOR=0', { isTty: false, env: { FORCE_COLOR: '0' } }, false],
    ['NO_COLOR', { isTty: true, env: { NO_COLOR: '1' } }, false],
    ['an empty NO_COLOR', { isTty: true, env: { NO_COLOR: '' } }, true],
    ['--no-color before FORCE_COLOR', { isTty: true, noColor: true, env: { FORCE_COLOR: '1' } }, false],
    ['a dumb terminal', { isTty: true, env: { TERM: 'dumb' } }, false],
  ])('%s', (_why, choice, expected) => {
    expect(usesColor({ noColor: false, env: {}, ...choice })).toBe(expected);
  });
});
