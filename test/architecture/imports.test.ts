import { describe, expect, it } from 'vitest';
import { chainTo, closureOf, leakedPackages } from './closure.ts';
import { type Import, importGraph } from './import-graph.ts';
import { readSourceFiles, SHIPPED } from './source-files.ts';
import { wallViolations } from './walls.ts';

const cliEntry = 'cli/main.ts';
const launcherEntry = 'runtime/launcher/main.ts';
const dockerLauncherEntry = 'runtime/launcher/docker/main.ts';
const entries = [cliEntry, launcherEntry, dockerLauncherEntry];

/** What the launcher may hold in memory, and ship in its bundle for images. */
const LAUNCHER_PACKAGES = ['zod/mini'];
/** Clients of platforms: in chunks that are loaded where a run is there. */
const CLIENTS = ['dockerode', 'tar'];

describe('imports of the sources', () => {
  it('go the way of the walls', async () => {
    const graph = await importGraph(readSourceFiles([...SHIPPED, 'scripts']), 'all');
    expect(graph.imports).toContainEqual(edge('runtime/core/errors.ts', 'runtime/core/error-catalog.ts'));
    expect(wallViolations(graph, entries)).toEqual([]);
    expect(graph.hidden).toEqual([]);
  });

  it('bring the launcher no package but zod/mini, and clients of platforms when it needs one', async () => {
    const graph = await importGraph(readSourceFiles(SHIPPED), 'runtime');
    expect(leakedPackages(closureOf(graph, launcherEntry, 'static'), LAUNCHER_PACKAGES)).toEqual([]);
    for (const entry of [launcherEntry, dockerLauncherEntry]) {
      expect(leakedPackages(closureOf(graph, entry, 'all'), [...LAUNCHER_PACKAGES, ...CLIENTS])).toEqual([]);
    }
  });
});

function edge(from: string, to: string): Import {
  return { from, to, ours: true, dynamic: false };
}

const planted = new Map([
  ['cli/main.ts', "import { run } from './run.ts';\nrun();\n"],
  ['cli/run.ts', "import { lease } from '../runtime/launcher/lease.ts';\nexport const run = () => lease;\n"],
  ['runtime/launcher/main.ts', "import './lease.ts';\nawait import('../platform/local.ts');\n"],
  ['runtime/launcher/lease.ts', "import type { App } from '../core/app.ts';\nexport const lease: App = {};\n"],
  [
    'runtime/platform/local.ts',
    "import { parse } from 'yaml';\nexport type { A } from '../../builder-images/b.ts';\nparse('');\n",
  ],
  [
    'runtime/core/app.ts',
    "import { readFile } from 'node:fs';\nimport { z } from 'zod';\nexport type App = { a?: typeof z };\n",
  ],
  ['builder-images/b.ts', "import {\n  type X,\n} from '../cli/run.ts';\nexport type A = X;\n"],
  [
    'runtime/core/ok.ts',
    "/** import('../cli/run.ts') */\nimport { join } from 'node:path';\nimport { z } from 'zod/mini';\nz.string(join(''));\n",
  ],
  ['other/x.ts', "import '../runtime/core/ok.ts';\n"],
  ['cli/planted.ts', "import process from 'node:process';\nprocess.exit();\n"],
]);

describe('wallViolations()', () => {
  it('finds every planted import, and prints the way from an entry to it', async () => {
    const violations = wallViolations(await importGraph(planted, 'all'), entries);
    expect([...violations].sort()).toEqual([
      expect.stringMatching(/^cli\/main\.ts → .* → runtime\/core\/app\.ts → node:fs: runtime\/core imports of Node/),
      expect.stringMatching(/^cli\/main\.ts → .* → runtime\/core\/app\.ts → zod: runtime\/core imports of packages/),
      expect.stringMatching(/^cli\/main\.ts → cli\/run\.ts → runtime\/launcher\/lease\.ts: cli imports only /),
      'cli/planted.ts → node:process: only the users of process-users.ts import this',
      'other/x.ts → runtime/core/ok.ts: other/x.ts is in no folder that has a wall',
      expect.stringMatching(/^runtime\/launcher\/main\.ts → .*local\.ts → builder-images\/b\.ts → cli\/run\.ts: /),
      expect.stringMatching(/^runtime\/launcher\/main\.ts → runtime\/platform\/local\.ts → builder-images\/b\.ts: /),
    ]);
  });

  it.each([
    ['await import(name);', 1],
    ['await import(`./a.ts`);', 1],
    ["export type A = { a: import('../cli/run.ts').Run };", 1],
    ["export type A = typeof import('./b.ts').run;", 1],
    ["export const a = await import('./a.ts');", 0],
    ["export const load = async () => (await import('./run-handler.ts')).run;", 0],
    ['// await import(name)\n/** import(`x`)\n * import(x) */', 0],
  ])('importGraph() sees in %j hidden imports: %d', async (text, count) => {
    const graph = await importGraph(new Map([['cli/a.ts', text]]), 'all');
    expect(graph.hidden).toHaveLength(count);
  });
});

describe('closureOf()', () => {
  it('leaves out types, and dynamic imports when it is asked to', async () => {
    const graph = await importGraph(planted, 'runtime');
    expect([...closureOf(graph, launcherEntry, 'static').keys()]).toEqual([launcherEntry, 'runtime/launcher/lease.ts']);
    expect([...closureOf(graph, launcherEntry, 'all').keys()]).toContain('yaml');
  });

  it('gives the chain that leaks a package', async () => {
    const closure = closureOf(await importGraph(planted, 'runtime'), launcherEntry, 'all');
    expect(leakedPackages(closure, LAUNCHER_PACKAGES)).toEqual([
      'runtime/launcher/main.ts → runtime/platform/local.ts → yaml',
    ]);
    expect(chainTo(closure, launcherEntry)).toBe(launcherEntry);
  });
});
