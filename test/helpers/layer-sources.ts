import type { LayerEntry, LayerSource } from '../../cli/image/layer-source.ts';

/** A layer of these entries, counted as often as it is read. */
export function layerSource(
  entries: readonly LayerEntry[],
  options: Partial<Pick<LayerSource, 'kind' | 'key' | 'createdBy' | 'parents'>> = {},
): LayerSource & { readonly reads: () => number } {
  let reads = 0;
  return {
    kind: 'app',
    key: null,
    createdBy: 'test',
    parents: {},
    ...options,
    reads: () => reads,
    async *entries() {
      reads += 1;
      yield* entries;
    },
  };
}

export const owner = { uid: 1001, gid: 0 } as const;

export function fileEntry(path: string | Buffer, text: string | Buffer = '', mode = 0o664): LayerEntry {
  const bytes = Buffer.from(text);
  const content = { kind: 'bytes', bytes } as const;
  return { kind: 'file', path: Buffer.from(path), mode, ...owner, size: bytes.length, content };
}

export function directoryEntry(path: string, mode = 0o775): LayerEntry {
  return { kind: 'directory', path: Buffer.from(path), mode, ...owner };
}

export function symlinkEntry(path: string, target: string | Buffer): LayerEntry {
  return { kind: 'symlink', path: Buffer.from(path), mode: 0o777, ...owner, target: Buffer.from(target) };
}

export function hardlinkEntry(path: string, target: string): LayerEntry {
  return { kind: 'hardlink', path: Buffer.from(path), mode: 0o664, ...owner, target: Buffer.from(target) };
}

export function whiteoutEntry(path: string): LayerEntry {
  return { kind: 'whiteout', path: Buffer.from(path) };
}
