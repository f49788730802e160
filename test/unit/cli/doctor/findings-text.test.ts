import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../../cli/doctor/check.ts';
import { findingsText, summary } from '../../../../cli/doctor/findings-text.ts';

const good: CheckResult = { name: 'Node', state: 'ok', detail: '24.21.0', remedy: null };
const warned: CheckResult = { name: 'git', state: 'warning', detail: '2.39.5', remedy: 'Upgrade git' };
const failed: CheckResult = { name: 'Python', state: 'failure', detail: 'none', remedy: 'Install Python' };

describe('findingsText()', () => {
  it('has a mark for each check, and remedies below', () => {
    expect(findingsText([good, warned, failed])).toBe(
      [
        '✓ Node    24.21.0',
        '! git     2.39.5',
        '          → Upgrade git',
        '✗ Python  none',
        '          → Install Python',
        '',
        '1 of 3 checks failed, 1 warning',
      ].join('\n'),
    );
  });
});

describe('summary()', () => {
  it.each([
    [[good, good], 'all 2 checks passed'],
    [[good, warned], 'no check failed, 1 warning'],
    [[good, failed, failed], '2 of 3 checks failed'],
    [[failed, warned, warned], '1 of 3 checks failed, 2 warnings'],
  ])('counts row %#', (results, text) => {
    expect(summary(results)).toBe(text);
  });
});
