import { describe, expect, it } from 'vitest';
import { checkVariableNames } from '../../../../cli/build/refused-names.ts';

describe('checkVariableNames()', () => {
  it.each([
    'NODE_OPTIONS',
    'NODE_PATH',
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT',
    'BASH_ENV',
    'BASH_FUNC_ls%%',
    'PYTHONSTARTUP',
    'PYTHONHOME',
    'JAVA_TOOL_OPTIONS',
    '_JAVA_OPTIONS',
    'JDK_JAVA_OPTIONS',
    'PERL5OPT',
    'GLIBC_TUNABLES',
  ])('refuses %s', (name) => {
    expect(() => checkVariableNames(['A', name], '--env')).toThrowError(
      expect.objectContaining({
        code: 'ENVIRONMENT_REFUSED',
        exitCode: 2,
        message: expect.stringContaining(`Cannot set ${name} by --env`),
        details: { names: [name] },
      }),
    );
  });

  it('says how Java is given options', () => {
    expect(() => checkVariableNames(['JAVA_TOOL_OPTIONS'], '--env')).toThrowError(
      expect.objectContaining({ hint: expect.stringContaining('spark.driver.extraJavaOptions') }),
    );
  });

  it('takes all others', () => {
    const names = [
      'PATH',
      'PYTHONPATH',
      'ENV',
      'TZ',
      'LANG',
      'NODE_ENV',
      'MY_LD_PRELOAD',
      'node_options',
      'AWS_REGION',
    ];
    expect(() => checkVariableNames(names, '--env')).not.toThrow();
  });
});
