import { chainTo, closureOf, isBuiltin } from './closure.ts';
import type { Import, ImportGraph } from './import-graph.ts';
import { PROCESS_USERS } from './process-users.ts';

export interface Wall {
  readonly folder: string;
  /** Folders it may import from, beside itself. */
  readonly from: readonly string[];
  /** npm packages; `any` leaves them to the closures of the programs. */
  readonly packages: readonly string[] | 'any';
  readonly builtins: readonly string[] | 'any';
}

const CORE = 'runtime/core';
const PLATFORM = 'runtime/platform';
/** Builtins that do no I/O and hold no state. */
const PURE_BUILTINS = ['node:path', 'node:timers/promises'];

/** The direction of imports. Nothing imports cli but the scripts that document it, and tests, which import everything. */
export const WALLS: readonly Wall[] = [
  { folder: CORE, from: [], packages: ['zod/mini'], builtins: PURE_BUILTINS },
  { folder: 'templates', from: [CORE], packages: 'any', builtins: 'any' },
  { folder: PLATFORM, from: [CORE, 'templates'], packages: 'any', builtins: 'any' },
  { folder: 'runtime/launcher', from: [CORE, 'templates', PLATFORM], packages: 'any', builtins: 'any' },
  { folder: 'builder-images', from: [CORE], packages: 'any', builtins: 'any' },
  { folder: 'cli', from: [CORE, 'templates', PLATFORM, 'builder-images'], packages: 'any', builtins: 'any' },
  { folder: 'scripts', from: [CORE, 'templates', 'builder-images', 'cli'], packages: 'any', builtins: 'any' },
];

/** State of the whole process, imported instead of used as a global. */
const PROCESS_BUILTINS = ['node:process', 'node:console', 'process', 'console'];

/** Every import that goes through a wall, with the way from an entry to it where there is one. */
export function wallViolations(
  graph: ImportGraph,
  entries: readonly string[],
  walls: readonly Wall[] = WALLS,
): readonly string[] {
  const closures = entries.map((entry) => closureOf(graph, entry, 'all'));
  return graph.imports.flatMap((edge) => {
    const reason = refusal(edge, walls);
    if (reason === undefined) return [];
    const closure = closures.find((candidate) => candidate.has(edge.from));
    const chain = closure ? chainTo(closure, edge.from) : edge.from;
    return [`${chain} → ${edge.to}: ${reason}`];
  });
}

function refusal(edge: Import, walls: readonly Wall[]): string | undefined {
  const wall = walls.find(({ folder }) => isIn(edge.from, folder));
  if (!wall) return `${edge.from} is in no folder that has a wall`;
  if (edge.ours) {
    const allowed = [wall.folder, ...wall.from];
    return allowed.some((folder) => isIn(edge.to, folder)) ? undefined : `${wall.folder} imports only ${list(allowed)}`;
  }
  if (PROCESS_BUILTINS.includes(edge.to)) {
    return edge.from in PROCESS_USERS ? undefined : 'only the users of process-users.ts import this';
  }
  const [kind, allowed] = isBuiltin(edge.to)
    ? ([`of Node's modules`, wall.builtins] as const)
    : (['of packages', wall.packages] as const);
  if (allowed === 'any' || allowed.includes(edge.to)) return undefined;
  return `${wall.folder} imports ${kind} only ${list(allowed)}`;
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

function list(words: readonly string[]): string {
  return words.join(', ');
}
