import { ToolError } from '../../runtime/core/errors.ts';
import { EXTRAS, type Extra, VARIABLE_NAME } from './known-values.ts';

/** `name` is what the error calls the flag; so in all functions here.
 *  @throws {ToolError} USAGE */
export function parsePort(text: string, name: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > 65_535) {
    throw new ToolError('USAGE', `Cannot take ${name} "${text}": a port is a number from 1 to 65535`);
  }
  return port;
}

/** @throws {ToolError} USAGE */
export function parseKind(text: string, name: string): 'job' | 'service' {
  if (text === 'job' || text === 'service') return text;
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": the kinds are job and service`);
}

const ON_REDEPLOY = ['wait', 'replace', 'parallel'] as const;

/** @throws {ToolError} USAGE */
export function parseOnRedeploy(text: string, name: string): (typeof ON_REDEPLOY)[number] {
  const found = ON_REDEPLOY.find((policy) => policy === text);
  if (found !== undefined) return found;
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": there is ${ON_REDEPLOY.join(', ')}`);
}

/** `/healthz`: a path of the service itself.
 *  @throws {ToolError} USAGE */
export function parseHealthPath(text: string, name: string): string {
  if (/^\/(?!\/)[^\s#]*$/.test(text)) return text;
  throw new ToolError('USAGE', `Cannot take ${name} "${text}": it is not a path such as /healthz`);
}

/** @throws {ToolError} USAGE */
export function parseExtra(text: string): Extra {
  const found = EXTRAS.find((name) => name === text);
  if (found !== undefined) return found;
  throw new ToolError('USAGE', `Cannot take --extra "${text}": there is ${EXTRAS.join(', ')}`);
}

/** `NAME=value` → name and value; the value is `undefined` where there is no `=`.
 *  @throws {ToolError} USAGE for a name that no shell would take */
export function parseAssignment(text: string, name: string): readonly [variable: string, value: string | undefined] {
  const at = text.indexOf('=');
  const variable = at < 0 ? text : text.slice(0, at);
  if (!VARIABLE_NAME.test(variable)) {
    // Only the name is told: the rest may be a secret.
    throw new ToolError('USAGE', `Cannot read ${name} "${variable}": it does not begin with the name of a variable`, {
      hint: `Write ${name} NAME=value`,
    });
  }
  return [variable, at < 0 ? undefined : text.slice(at + 1)];
}
