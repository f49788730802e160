import { describe, expect, it } from 'vitest';
import { allFixtures, matchesText, parseExpectation } from '../helpers/fixture.ts';

describe('test/fixtures/apps', () => {
  it.each(allFixtures())('$name has one program and an expectation', ({ cases, main }) => {
    expect(main).toMatch(/^[a-z]+\.py$/);
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size, 'each case has a name of its own').toBe(cases.length);
  });
});

describe('parseExpectation()', () => {
  it('takes one case or a list of them, and fills in what is silent', () => {
    const one = parseExpectation('{ "status": 3, "stdout": "x" }', 'a');
    expect(one).toMatchObject([{ args: [], options: [], env: {}, status: 3, stdout: ['x'], output: [], needs: [] }]);
    expect(parseExpectation('[{ "status": 0 }, { "status": 5, "args": ["5"] }]', 'a')).toHaveLength(2);
  });

  it.each([
    ['an unknown field', '{ "status": 0, "stdot": "x" }'],
    ['no status', '{ "args": [] }'],
    ['a status that no process has', '{ "status": 256 }'],
    ['an empty text, which is always found', '{ "status": 0, "stdout": "" }'],
    ['no case', '[]'],
    ['an unknown signal', '{ "status": 0, "stop": { "when": "x", "signal": "SIGHUP" } }'],
  ])('refuses %s and names the fixture', (_what, text) => {
    expect(() => parseExpectation(text, 'pi')).toThrow(/the fixture "pi"/);
  });
});

describe('matchesText()', () => {
  it.each([
    ['b c', 'a b c d', true],
    ['b.c', 'a bxc d', false],
    ['/^b.c$/m', 'a\nbxc\nd', true],
    ['/B/', 'b', false],
    ['/B/i', 'b', true],
    ['/tmp/x y', 'in /tmp/x y', true],
  ])('%j in %j: %j', (expected, actual, found) => {
    expect(matchesText(expected, actual)).toBe(found);
  });
});
