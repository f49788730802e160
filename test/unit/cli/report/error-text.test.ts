import { describe, expect, it } from 'vitest';
import { Interruption } from '../../../../cli/interruption.ts';
import { errorText } from '../../../../cli/report/error-text.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';

describe('errorText()', () => {
  it('tells what is known with its code and what to do', () => {
    const error = new ToolError('USAGE', 'Cannot do this', { hint: 'Do that' });
    expect(errorText(error, false)).toBe('hibana: Cannot do this [USAGE]\n  Do that\n');
  });

  it('does not call an interruption a mistake', () => {
    expect(errorText(new Interruption('SIGTERM'), false)).toBe('hibana: interrupted by SIGTERM\n');
  });

  it('says how to find where a mistake comes from', () => {
    const text = 'hibana: unexpected error: boom\n  Run it again with --debug to see where it comes from\n';
    expect(errorText(new Error('boom'), false)).toBe(text);
  });
});
