import { ToolError } from '../../runtime/core/errors.ts';

/** Variables by which every program of a kind loads other code, or takes other options, whoever starts it: the launcher, a shell, Java. */
const REFUSED = new Set([
  ...['NODE_OPTIONS', 'NODE_PATH', 'NODE_EXTRA_CA_CERTS', 'BASH_ENV', 'SHELLOPTS', 'BASHOPTS', 'GCONV_PATH'],
  ...['PYTHONSTARTUP', 'PYTHONHOME', 'PERL5OPT', 'PERL5LIB', 'RUBYOPT', 'RUBYLIB', 'GLIBC_TUNABLES'],
  ...['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'],
]);
const REFUSED_PREFIXES = ['LD_', 'DYLD_', 'BASH_FUNC_'];

/** Refuses variables that reach into other processes than the application's own. `where` says who asked: `--env`.
 *  @throws {ToolError} ENVIRONMENT_REFUSED, naming them */
export function checkVariableNames(names: readonly string[], where: string): void {
  const refused = names.filter((name) => REFUSED.has(name) || REFUSED_PREFIXES.some((start) => name.startsWith(start)));
  if (refused.length === 0) return;
  throw new ToolError('ENVIRONMENT_REFUSED', `Cannot set ${refused.join(', ')} by ${where}: ${REASON}`, {
    details: { names: refused },
    ...(refused.some((name) => name.includes('JAVA')) ? { hint: JAVA_HINT } : {}),
  });
}

const REASON = 'every process of the image would obey it, and not the application alone';
const JAVA_HINT = 'Set spark.driver.extraJavaOptions and spark.executor.extraJavaOptions with --conf instead';
