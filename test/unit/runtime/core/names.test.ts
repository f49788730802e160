import { describe, expect, it } from 'vitest';
import { checkName, nameFrom, newRunId } from '../../../../runtime/core/names.ts';

describe('checkName()', () => {
  it.each(['a', 'pi', 'pi-flask', 'a1', 'a'.repeat(40)])('takes %s', (name) => {
    expect(checkName(name)).toBe(name);
  });

  it.each(['', 'A', '1a', '-a', 'a-', 'a_b', 'a.b', 'a b', 'ü', 'a\n', 'a/b', 'a'.repeat(41)])('refuses %j', (name) => {
    expect(() => checkName(name)).toThrowError(expect.objectContaining({ code: 'NAME_INVALID' }));
  });
});

describe('nameFrom()', () => {
  it.each([
    ['Team/My_App.git', 'my-app'],
    ['https://host/team/app.git/', 'app'],
    ['/home/me/2024-report', 'report'],
    ['/', 'app'],
    ['', 'app'],
    ['123', 'app'],
    ['---', 'app'],
    ['.git', 'app'],
    ['données', 'donn-es'],
    [`${'a'.repeat(39)}-b`, 'a'.repeat(39)],
  ])('makes of %j the name %s', (text, name) => {
    expect(nameFrom(text)).toBe(name);
  });

  it('makes a name that checkName() takes, of any text', () => {
    for (const text of ['A--B', '__x__', 'x'.repeat(99), 'git@host:Team/a.b.c', '..', '日本', 'a-'.repeat(30)]) {
      expect(checkName(nameFrom(text))).toBe(nameFrom(text));
    }
  });
});

describe('newRunId()', () => {
  const now = Date.UTC(2026, 10, 21, 9, 55, 12, 345);

  it('says name, time in UTC and four random characters', () => {
    expect(newRunId('pi', now, () => 0.5)).toBe('pi-261121095512-iiii');
    expect(newRunId('pi', now, () => 0.9999999)).toBe('pi-261121095512-zzzz');
  });

  it('sorts by time', () => {
    expect(newRunId('pi', now, () => 0.99) < newRunId('pi', now + 1_000, () => 0)).toBe(true);
  });

  it('is short enough for a label, with the longest name', () => {
    expect(newRunId('a'.repeat(40), now, () => 0).length).toBeLessThanOrEqual(63);
  });
});
