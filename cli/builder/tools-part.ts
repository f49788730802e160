import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { BUILDER_FOLDERS } from '../build/builder-labels.ts';
import type { LayerEntry } from '../image/layer-source.ts';
import type { Environment, Machine } from '../packages/machine.ts';
import type { PackageSource } from '../toolchain/deps.ts';
import { fetchUv } from '../toolchain/uv.ts';
import { UV_VERSION } from '../toolchain/versions.ts';
import { formatLibc } from './architectures.ts';
import { fetchNode, NODE_VERSION } from './fetch-node.ts';
import { readNpmSettings } from './npm-settings.ts';
import { type Part, treeEntries } from './part.ts';

export interface ToolsDeps {
  readonly source: PackageSource;
  readonly env: Environment;
  readonly home: string;
}

/** Where uv is. */
export const TOOLS_PATH = '/opt/hibana/bin';

/** Node, which runs the launcher, and uv, with which `assemble` installs: programs of one file each. */
export function toolsPart(machine: Machine, deps: ToolsDeps): Part {
  return {
    kind: 'tools',
    key: keyOf('tools', [NODE_VERSION, UV_VERSION], machine),
    createdBy: `hibana: Node ${NODE_VERSION}, uv ${UV_VERSION}`,
    parents: BUILDER_FOLDERS,
    async entries(dir, ctx) {
      const packages = await deps.source.open(ctx);
      const uv = join(dir, 'uv');
      await mkdir(uv);
      await fetchUv(uv, { ...packages, machine }, ctx);
      return [...(await nodeEntries(machine, dir, deps, ctx)), ...(await treeEntries(uv, TOOLS_PATH))];
    },
  };
}

/** Node alone. */
export function nodePart(machine: Machine, deps: ToolsDeps): Part {
  return {
    kind: 'tools',
    key: keyOf('node', [NODE_VERSION], machine),
    createdBy: `hibana: Node ${NODE_VERSION}`,
    parents: BUILDER_FOLDERS,
    entries: (dir, ctx) => nodeEntries(machine, dir, deps, ctx),
  };
}

async function nodeEntries(
  { arch }: Machine,
  dir: string,
  { source, env, home }: ToolsDeps,
  ctx: Ctx,
): Promise<readonly LayerEntry[]> {
  const { settings } = await source.open(ctx);
  const npm = await readNpmSettings(env, home);
  const node = join(dir, 'node');
  await fetchNode(arch, node, { npm, network: settings }, ctx);
  const program = await treeEntries(node, `${IMAGE_PATHS.node}/bin`, (name) => name === 'node');
  return [...program, ...(await treeEntries(node, IMAGE_PATHS.node, (name) => name === 'LICENSE'))];
}

function keyOf(what: string, versions: readonly string[], { arch, libc }: Machine): string {
  return [what, ...versions, arch, libc && formatLibc(libc), REVISION].join('/');
}

/** Counts the changes of how the same programs are arranged. */
const REVISION = 1;
