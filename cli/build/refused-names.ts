import { ToolError } from '../../runtime/core/errors.ts';
import type { Settings } from '../config/settings.ts';

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

/** Refuses variables for the build that reach into more than what is built. A source may name fewer than whoever builds it: not what decides which
 *  programs are run on this machine, nor where they fetch from.
 *  @throws {ToolError} ENVIRONMENT_REFUSED */
export function checkBuildVariables({ build, origin }: Pick<Settings, 'build' | 'origin'>): void {
  const names = Object.keys(build.env);
  checkVariableNames(names, 'the build environment');
  const refused = names.filter((name) => origin[`build.env.${name}`] === 'project' && MACHINE.test(name));
  if (refused.length === 0) return;
  const what = `Cannot set ${refused.join(', ')} by "build.env" in hibana.yaml`;
  throw new ToolError('ENVIRONMENT_REFUSED', `${what}: it is for whoever builds to say, and not for the source`, {
    hint: `Give it with --build-env ${refused[0]}=VALUE`,
    details: { names: refused },
  });
}

const MACHINE =
  /^(?:PATH|HOME|TMPDIR|SHELL|USER|LOGNAME|NETRC|CC|CXX|(?:UV|PIP|GIT|SSL|SSH|XDG|HIBANA|PYTHON)_?.*|.*_proxy)$/i;
