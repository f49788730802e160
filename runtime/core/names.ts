import { ToolError } from './errors.ts';

const NAME = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
const MAXIMUM_NAME_LENGTH = 40;
const RANDOM_LENGTH = 4;

/** Checks the name of an application or a cluster: what every platform takes as a label.
 *  @throws {ToolError} NAME_INVALID */
export function checkName(name: string): string {
  if (!NAME.test(name) || name.length > MAXIMUM_NAME_LENGTH) {
    throw new ToolError(
      'NAME_INVALID',
      `Cannot use "${name}" as a name: at most ${MAXIMUM_NAME_LENGTH} lower-case letters, digits and dashes`,
    );
  }
  return name;
}

/** A valid name made from any text: `Team/My_App.git` → `my-app`; `app` when nothing usable is left. */
export function nameFrom(text: string): string {
  const last = text.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const name = last
    .replace(/\.git$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, MAXIMUM_NAME_LENGTH)
    .replace(/-+$/, '');
  return name === '' ? 'app' : name;
}

/** The id of a run, sortable by time and valid as a cluster's name: `pi-261121095512-x3f9`. `random` gives numbers in [0, 1). */
export function newRunId(name: string, now: number, random: () => number): string {
  const time = new Date(now).toISOString().replace(/\D/g, '').slice(2, 14);
  const suffix = Array.from({ length: RANDOM_LENGTH }, () => Math.floor(random() * 36).toString(36)).join('');
  return `${name}-${time}-${suffix}`;
}
