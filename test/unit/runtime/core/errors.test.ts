import { describe, expect, it } from 'vitest';
import { ERROR_CATALOG } from '../../../../runtime/core/error-catalog.ts';
import { errorCode, errorMessage, redact, systemCode, ToolError } from '../../../../runtime/core/errors.ts';

describe('ToolError', () => {
  it('has the exit status and the hint of the catalog', () => {
    const error = new ToolError('GIT_AUTH', 'Cannot fetch "a": the server asks for credentials');
    expect(error.exitCode).toBe(3);
    expect(error.hint).toBe(ERROR_CATALOG.GIT_AUTH.hint);
  });

  it('keeps its cause, and has none when none is given', () => {
    const cause = new Error('socket closed');
    expect(new ToolError('USAGE', 'x', { cause }).cause).toBe(cause);
    expect('cause' in new ToolError('USAGE', 'x')).toBe(false);
  });

  it('becomes a document without stack and cause', () => {
    const error = new ToolError('USAGE', 'message', { cause: new Error('secret'), details: { a: 1 }, hint: 'Do it' });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'USAGE',
      message: 'message',
      hint: 'Do it',
      details: { a: 1 },
    });
  });

  it('has no credentials in message, hint and details', () => {
    const url = 'https://me:s3cret@host/a.git';
    const error = new ToolError('GIT_AUTH', `Cannot fetch "${url}"`, {
      hint: `Look at ${url}`,
      details: { url, tried: [url], count: 2 },
    });
    expect(JSON.stringify(error)).not.toContain('s3cret');
    expect(error.details.count).toBe(2);
  });
});

describe('redact()', () => {
  it.each([
    ['https://me:token@host/a', 'https://***@host/a'],
    ['https://token@host/a', 'https://***@host/a'],
    ['https://me:p@ss@host/a', 'https://***@host/a'],
    ['ssh://git@host/a and https://x:y@z/b', 'ssh://***@host/a and https://***@z/b'],
    ['HTTPS://me:token@host', 'HTTPS://***@host'],
    ['https://host/a?token=abc&b=1', 'https://host/a?token=***&b=1'],
    ['https://host/a?b=1&ACCESS_TOKEN=abc', 'https://host/a?b=1&ACCESS_TOKEN=***'],
    ['sc://host:15002/;use_ssl=true;token=abc;x=y', 'sc://host:15002/;use_ssl=true;token=***;x=y'],
    ['git@host:team/app.git', 'git@host:team/app.git'],
    ['https://host/team@home', 'https://host/team@home'],
    ['write to me@host', 'write to me@host'],
  ])('makes of %s: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});

describe('errorCode(), errorMessage(), systemCode()', () => {
  const abort = new DOMException('stopped', 'AbortError');
  const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });

  it.each([
    [new ToolError('USAGE', 'x'), 'USAGE'],
    [abort, 'INTERRUPTED'],
    [new Error('x'), 'INTERNAL'],
    ['x', 'INTERNAL'],
    [undefined, 'INTERNAL'],
  ])('errorCode(%s) is %s', (error, code) => {
    expect(errorCode(error)).toBe(code);
  });

  it.each([
    [new Error('at https://a:b@c'), 'at https://***@c'],
    ['text', 'text'],
    [null, 'null'],
  ])('errorMessage(%s) is %s', (error, message) => {
    expect(errorMessage(error)).toBe(message);
  });

  it.each([
    [missing, 'ENOENT'],
    [new ToolError('USAGE', 'x'), undefined],
    [abort, undefined],
    [{ code: 'ENOENT' }, undefined],
  ])('systemCode(%s) is %s', (error, code) => {
    expect(systemCode(error)).toBe(code);
  });
});

describe('ERROR_CATALOG', () => {
  it.each(Object.entries(ERROR_CATALOG))('%s has a hint of one imperative line, without a period', (code, { hint }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(hint).toMatch(/^[A-Z][^\n]*[^.!\n]$/);
    expect(hint).not.toMatch(/n't\b/);
  });
});
