/** What is wanted of one repository: `repository:team/app:push,pull`. */
export type Scope = string;

export function pullScope(repository: string): Scope {
  return `repository:${repository}:pull`;
}

export function pushScope(repository: string): Scope {
  return `repository:${repository}:push,pull`;
}

/** All of them, the first first: some token servers look at no other. */
export function mergeScopes(first: readonly Scope[], then: readonly Scope[]): readonly Scope[] {
  return [...first, ...then.filter((scope) => !isCovered(scope, first))];
}

/** Whether what is wanted is among what was given. */
export function areCovered(wanted: readonly Scope[], given: readonly Scope[]): boolean {
  return wanted.every((scope) => isCovered(scope, given));
}

function isCovered(scope: Scope, given: readonly Scope[]): boolean {
  const { name, actions } = parse(scope);
  return given.map(parse).some((other) => other.name === name && actions.every((one) => other.actions.includes(one)));
}

function parse(scope: Scope): { readonly name: string; readonly actions: readonly string[] } {
  const colon = scope.lastIndexOf(':');
  return { name: scope.slice(0, colon), actions: scope.slice(colon + 1).split(',') };
}
