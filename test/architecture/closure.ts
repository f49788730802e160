import type { Import, ImportGraph } from './import-graph.ts';

/** What an entry loads, directly or not: each with the import by which it was reached first. */
export type Closure = ReadonlyMap<string, Import | null>;

/** `static` follows what is loaded at once; `all` dynamic imports too. */
export function closureOf(graph: ImportGraph, entry: string, follow: 'static' | 'all'): Closure {
  const reached = new Map<string, Import | null>([[entry, null]]);
  // A Map iterates over what is added meanwhile: breadth first, so that chains are the shortest.
  for (const path of reached.keys()) {
    for (const edge of graph.imports) {
      if (edge.from !== path || reached.has(edge.to) || (follow === 'static' && edge.dynamic)) continue;
      reached.set(edge.to, edge);
    }
  }
  return reached;
}

/** The way from the entry to `target`: `cli/main.ts → cli/program.ts → zod`. */
export function chainTo(closure: Closure, target: string): string {
  const edge = closure.get(target);
  return edge ? `${chainTo(closure, edge.from)} → ${target}` : target;
}

/** The npm packages of a closure that are not allowed, each with the chain that leaks it. */
export function leakedPackages(closure: Closure, allowed: readonly string[]): readonly string[] {
  return [...closure]
    .filter(([name, edge]) => edge && !edge.ours && !isBuiltin(name) && !allowed.includes(name))
    .map(([name]) => chainTo(closure, name));
}

export function isBuiltin(name: string): boolean {
  return name.startsWith('node:');
}
