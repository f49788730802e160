import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Destination } from '../../../../cli/build/destination.ts';
import { dryStore } from '../../../../cli/build/dry-store.ts';
import { parsePlatform } from '../../../../cli/image/choose-platform.ts';
import { packImage } from '../../../../cli/image/pack-image.ts';
import { readImage } from '../../../../cli/image/read-image.ts';
import { parseImageRef } from '../../../../runtime/core/image-ref.ts';
import { testCtx } from '../../../helpers/ctx.ts';
import { fileEntry, layerSource } from '../../../helpers/layer-sources.ts';
import { MemoryStore } from '../../../helpers/memory-store.ts';

const amd64 = parsePlatform('amd64');
const name = 'registry.example/python:3.12';
const ref = (text: string) => ({ kind: 'registry', ref: parseImageRef(text), tags: ['v1'] }) as const;

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'scratch-'));
});
afterEach(() => rm(scratch, { recursive: true }));

it.each<[string, Destination, 'uploadedBytes' | 'mountedBytes']>([
  ['the registry of its base mounts it', ref('registry.example/team/app:v1'), 'mountedBytes'],
  ['another registry is sent it', ref('other.example/team/app:v1'), 'uploadedBytes'],
  ['a folder is sent it', { kind: 'layout', folder: '/out', tags: ['v1'] }, 'uploadedBytes'],
])('dryStore() says of the base that %s, and writes nothing', async (_name, destination, how) => {
  const source = new MemoryStore();
  source.addImage('3.12', amd64, 'oci', 'x'.repeat(100_000));
  const image = await readImage({ store: source, reference: '3.12', platform: amd64, name }, testCtx());
  if (image === undefined) throw new Error('There is no base');
  const base = { kind: 'image', name, image, store: source, ref: parseImageRef(name) } as const;
  const store = new MemoryStore();
  const place = { destination: dryStore(store, destination), tags: ['v1'], scratch };
  const layers = [layerSource([fileEntry('file', 'app')])];
  const { traffic, layers: packed } = await packImage({ base, layers, changes: {}, ...place }, testCtx());
  expect(traffic[how]).toBeGreaterThanOrEqual(100_000);
  expect([traffic.reusedBytes, packed[0]?.arrival]).toEqual([0, 'uploaded']);
  expect(store.writes).toEqual([]);
});
