import { describe, expect, it } from 'vitest';
import { type ParseSourceOptions, parseSource, shadowNotice } from '../../../../cli/source/parse-source.ts';
import type { Source } from '../../../../cli/source/source.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';

function parse(text: string, change: Partial<ParseSourceOptions> = {}): Source {
  const isDirectory = (path: string): boolean => ['.', './etl', 'etl', '/srv/app', 'pi-copy'].includes(path);
  return parseSource(text, { contextDir: null, isDirectory, templates: ['pi', 'pi-flask', 'wordcount'], ...change });
}

function failure(text: string, change: Partial<ParseSourceOptions> = {}): ToolError {
  try {
    parse(text, change);
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe('parseSource() accepts', () => {
  it.each([
    ['https://host.org/team/app.git', 'https://host.org/team/app.git', null],
    ['https://host.org:8443/team/app', 'https://host.org:8443/team/app', null],
    ['HTTPS://host.org/app', 'https://host.org/app', null],
    ['https://host.org/app.git#main', 'https://host.org/app.git', 'main'],
    ['https://host.org/app.git#feature/a-b_c.1', 'https://host.org/app.git', 'feature/a-b_c.1'],
    ['https://[2001:db8::1]/app', 'https://[2001:db8::1]/app', null],
    ['ssh://git@host.org/app.git#v1.2', 'ssh://git@host.org/app.git', 'v1.2'],
    ['ssh://host.org:2222/~user/app', 'ssh://host.org:2222/~user/app', null],
    ['git@host.org:team/app.git#3f2c1ab', 'git@host.org:team/app.git', '3f2c1ab'],
    ['http://127.0.0.1:8080/app', 'http://127.0.0.1:8080/app', null],
    ['http://localhost/app', 'http://localhost/app', null],
    ['http://[::1]:3000/app', 'http://[::1]:3000/app', null],
  ])('%s as git', (text, url, ref) => {
    expect(parse(text)).toEqual({ kind: 'git', url, ref, contextDir: null });
  });

  it('a directory', () => {
    expect(parse('./etl')).toEqual({ kind: 'directory', path: './etl', contextDir: null });
  });

  it('the name of a template', () => {
    expect(parse('pi')).toEqual({ kind: 'template', name: 'pi' });
  });

  it('an existing directory before a template of the same name', () => {
    expect(parse('pi', { isDirectory: () => true })).toMatchObject({ kind: 'directory' });
  });

  it('template: before a name as the template, whatever directories there are', () => {
    expect(parse('template:pi', { isDirectory: () => true })).toEqual({ kind: 'template', name: 'pi' });
  });

  it('http for any host when that is allowed', () => {
    expect(parse('http://host.org/app', { allowHttp: true })).toMatchObject({ kind: 'git' });
  });

  it.each([
    ['services/etl', 'services/etl'],
    ['./services//etl/', 'services/etl'],
    ['.', null],
    ['a..b', 'a..b'],
  ])('the context directory "%s"', (contextDir, expected) => {
    expect(parse('https://host.org/app', { contextDir })).toMatchObject({ contextDir: expected });
  });
});

describe('parseSource() refuses', () => {
  it.each([
    ['ext::sh -c "touch /tmp/x"', 'SOURCE_UNSAFE'],
    ['ext::sh', 'SOURCE_UNSAFE'],
    ['fd::17', 'SOURCE_UNSAFE'],
    ['foo::https://host.org/app', 'SOURCE_UNSAFE'],
    ['::x', 'SOURCE_UNSAFE'],
    ['file:///etc', 'SOURCE_UNSAFE'],
    ['FILE:///etc', 'SOURCE_UNSAFE'],
    ['git://host.org/app', 'SOURCE_INVALID'],
    ['ftp://host.org/app', 'SOURCE_INVALID'],
    ['http://host.org/app', 'SOURCE_UNSAFE'],
    ['http://127.0.0.1.evil.org/app', 'SOURCE_UNSAFE'],
    ['--upload-pack=touch', 'SOURCE_UNSAFE'],
    ['-u', 'SOURCE_UNSAFE'],
    ['ssh://-oProxyCommand=touch/app', 'SOURCE_UNSAFE'],
    ['ssh://-l@host.org/app', 'SOURCE_UNSAFE'],
    ['https://-host.org/app', 'SOURCE_UNSAFE'],
    ['git@-oProxyCommand=x:app', 'SOURCE_UNSAFE'],
    ['git@host.org:-app', 'SOURCE_UNSAFE'],
    ['-git@host.org:app', 'SOURCE_UNSAFE'],
    ['https://host.org/app\r', 'SOURCE_UNSAFE'],
    ['https://host.org/app\nx', 'SOURCE_UNSAFE'],
    ['https://host.org/app\0', 'SOURCE_UNSAFE'],
    ['https://host.org/a b', 'SOURCE_UNSAFE'],
    ['https://host.org/../x', 'SOURCE_UNSAFE'],
    ['https://evil.org\\@host.org/app', 'SOURCE_UNSAFE'],
    ['https://host.org', 'SOURCE_INVALID'],
    ['https://host.org/', 'SOURCE_INVALID'],
    ['https://host.org:99999/app', 'SOURCE_INVALID'],
    ['https://host.org:x/app', 'SOURCE_INVALID'],
    ['https:///app', 'SOURCE_INVALID'],
    ['https://host.org/a\'"b', 'SOURCE_INVALID'],
    ['https://host.org/app?x=1', 'SOURCE_INVALID'],
    ['https://host.org/app#', 'SOURCE_INVALID'],
    ['https://host.org/app#--upload-pack=x', 'SOURCE_UNSAFE'],
    ['https://host.org/app#a..b', 'SOURCE_INVALID'],
    ['', 'SOURCE_INVALID'],
    ['no-such-thing', 'SOURCE_NOT_FOUND'],
    ['template:no-such-thing', 'SOURCE_NOT_FOUND'],
    ['template:', 'SOURCE_NOT_FOUND'],
    ['template:../pi', 'SOURCE_NOT_FOUND'],
    ['./missing', 'SOURCE_NOT_FOUND'],
  ])('%j with %s', (text, code) => {
    expect(failure(text).code).toBe(code);
  });

  it.each([
    'https://user:hunter2secret@host.org/app',
    'https://hunter2secret@host.org/app',
    'https://user:hunter2secret/x@host.org/app',
    'https://user:a#hunter2secret@host.org/app',
    'https://user:hunter2secret/x@host.org',
    'https://user:a/hunter2secret@x/@host.org',
    'ssh://git:hunter2secret@host.org/app',
  ])('credentials in %s without repeating them', (text) => {
    const error = failure(text);
    expect(['SOURCE_UNSAFE', 'SOURCE_INVALID']).toContain(error.code);
    expect(JSON.stringify(error) + String(error.stack)).not.toContain('hunter2secret');
  });

  it.each([
    ['app.py', '". --app-file app.py"'],
    ['jobs/etl/app.py', '"jobs/etl --app-file app.py"'],
    ['/srv/app.py', '"/srv --app-file app.py"'],
  ])('the file %s with what to give instead', (text, instead) => {
    const error = failure(text, { isFile: (path) => path === text });
    expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', message: expect.stringContaining('it is a file') });
    expect(error.hint).toContain(instead);
  });

  it('credentials with a hint that says where they belong', () => {
    expect(failure('https://user:token@host.org/app').hint).toContain('--git-token-file');
  });

  it.each(['/etc', '../x', 'a/../../x', '-x', 'a\nb', 'a/.git/hooks', 'a\\b'])(
    'the context directory %j',
    (contextDir) => {
      expect(failure('https://host.org/app', { contextDir }).code).toBe('CONTEXT_DIR_INVALID');
    },
  );

  it('a misspelt template by naming the nearest', () => {
    expect(failure('wordcuont').hint).toContain('"wordcount"');
  });
});

describe('shadowNotice()', () => {
  const templates = ['pi'];
  const folder = (text: string): Source => ({ kind: 'directory', path: text, contextDir: null });

  it('says that a directory was taken, and how to have the template of its name', () => {
    expect(shadowNotice('pi', folder('pi'), templates)).toMatchObject({
      message: expect.stringContaining('the directory "pi"'),
      hint: expect.stringMatching(/template:pi.*\.\/pi/),
    });
  });

  it.each([
    ['./pi', folder('./pi')],
    ['etl', folder('etl')],
    ['pi', { kind: 'template', name: 'pi' } as const],
  ])('has nothing to say of %s', (text, source) => {
    expect(shadowNotice(text, source, templates)).toBeNull();
  });
});
