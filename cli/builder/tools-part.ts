import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { BUILDER_FOLDERS } from '../build/builder-labels.ts';
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
export function toolsPart(machine: Machine, { source, env, home }: ToolsDeps): Part {
  return {
    kind: 'tools',
    key: ['tools', NODE_VERSION, UV_VERSION, machine.arch, machine.libc && formatLibc(machine.libc), REVISION].join(
      '/',
    ),
    createdBy: `hibana: Node ${NODE_VERSION}, uv ${UV_VERSION}`,
    parents: BUILDER_FOLDERS,
    async entries(dir, ctx) {
      const packages = await source.open(ctx);
      const npm = await readNpmSettings(env, home);
      const [node, uv] = [join(dir, 'node'), join(dir, 'uv')];
      await fetchNode(machine.arch, node, { npm, network: packages.settings }, ctx);
      await mkdir(uv);
      await fetchUv(uv, { ...packages, machine }, ctx);
      const entries = await Promise.all([
        treeEntries(node, `${IMAGE_PATHS.node}/bin`, (name) => name === 'node'),
        treeEntries(node, IMAGE_PATHS.node, (name) => name === 'LICENSE'),
        treeEntries(uv, TOOLS_PATH),
      ]);
      return entries.flat();
    },
  };
}

/** Counts the changes of how the same programs are arranged. */
const REVISION = 1;
