import { realpath, stat } from 'node:fs/promises';
import type { LayerEntry } from '../../cli/image/layer-source.ts';
import { findExecutables } from '../../cli/toolchain/find-executables.ts';

/** What scripts of builders call in tests. */
export const BUILDER_PROGRAMS = [
  ...[
    'sh',
    'tar',
    'base64',
    'cat',
    'cp',
    'ln',
    'rm',
    'mkdir',
    'id',
    'sleep',
    'chmod',
    'env',
    'ls',
    'find',
    'test',
    'wc',
  ],
  ...['touch', 'grep', 'sort', 'head', 'setsid', 'printf', 'mkfifo', 'stat', 'seq', 'dd', 'ps', 'kill', 'tr'],
];

/** The statically linked busybox of this machine; `undefined` where it is not installed (Debian: busybox-static). */
export async function findBusybox(): Promise<string | undefined> {
  return (await findExecutables('busybox', process.env))[0];
}

/** The smallest root file system in which a shell and `tar` work: busybox, under its own name and these. */
export async function busyboxRoot(names: readonly string[]): Promise<readonly LayerEntry[]> {
  const busybox = await findBusybox();
  if (busybox === undefined) throw new Error('busybox is not installed');
  const owner = { uid: 0, gid: 0 };
  const path = (text: string) => ({ path: Buffer.from(text), ...owner });
  const content = { kind: 'path', path: await realpath(busybox) } as const;
  return [
    { kind: 'directory', mode: 0o755, ...path('bin') },
    { kind: 'directory', mode: 0o1777, ...path('tmp') },
    { kind: 'file', mode: 0o755, size: (await stat(content.path)).size, content, ...path('bin/busybox') },
    ...names.map(
      (name) => ({ kind: 'symlink', mode: 0o777, target: Buffer.from('busybox'), ...path(`bin/${name}`) }) as const,
    ),
  ];
}
