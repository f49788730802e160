import { describe, expect, it } from 'vitest';
import { checkBuilder, wantsForCheck } from '../../../../cli/builder/check-builder.ts';
import type { ImageFile } from '../../../../cli/builder/find-in-image.ts';
import type { StoredImage } from '../../../../cli/image/read-image.ts';

const labels = {
  'dev.hibana.builder': 'python',
  'dev.hibana.python': '3.12',
  'dev.hibana.spark': '4.2.1',
  'dev.hibana.java': '21',
  'dev.hibana.libc': 'glibc-2.36',
  'dev.hibana.scala': '2.13',
};
const toolchain = {
  ...{ version: 1, spark: '4.2.1', classPath: 'x', javaRelease: 21, javaHasVectorModule: false },
  ...{ python: '/usr/bin/python3.12', pythonMinor: '3.12' },
};

const file = (mode = 0o644, text = ''): ImageFile => ({
  ...{ kind: 'file', mode, uid: 0, gid: 0, size: text.length, target: null, content: Buffer.from(text) },
});
const program = file(0o755);
const shared: ImageFile = { ...file(0o775), kind: 'directory', uid: 1001, content: null };

const good: Readonly<Record<string, ImageFile>> = {
  'etc/passwd': file(0o664),
  'opt/app-root/src': shared,
  'opt/app-root/deps': shared,
  'opt/app-root/jars': shared,
  'opt/hibana/toolchain.json': file(0o644, JSON.stringify(toolchain)),
  'usr/bin/python3.12': program,
  'opt/java/bin/java': program,
  'opt/node/bin/node': program,
  'opt/spark/bin/spark-submit': program,
  'opt/spark/jars/spark-core_2.13-4.2.1.jar': file(),
  'opt/spark/python/pyspark/__init__.py': file(),
  'opt/spark/python/py4j/__init__.py': file(),
  'usr/libexec/s2i/assemble': program,
  'usr/libexec/s2i/run': program,
  'hibana/launcher.mjs': file(),
};

interface Change {
  readonly files?: Readonly<Record<string, ImageFile | undefined>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly user?: string;
}

/** The names of the checks that fail. */
function failures(change: Change = {}): readonly string[] {
  const config = {
    User: change.user ?? '1001',
    WorkingDir: '/opt/app-root/src',
    Labels: { ...labels, ...change.labels },
  };
  // Nothing else of the image is looked at.
  const image = { config: { config } } as unknown as StoredImage;
  const files = Object.entries({ ...good, ...change.files }).filter(
    (entry): entry is [string, ImageFile] => entry[1] !== undefined,
  );
  return checkBuilder(image, new Map(files), 'image')
    .filter(({ state }) => state === 'failure')
    .map(({ name }) => name);
}

describe('checkBuilder()', () => {
  it('finds nothing wrong with a builder', () => {
    expect(failures()).toEqual([]);
  });

  it.each<[string, Change, string]>([
    ['another user', { user: 'root' }, 'user'],
    ['a list of users that the group cannot write', { files: { 'etc/passwd': file(0o644) } }, 'user'],
    ['a folder that the group cannot write', { files: { 'opt/app-root/deps': { ...shared, mode: 0o755 } } }, 'folders'],
    ['a folder that is not there', { files: { 'opt/app-root/jars': undefined } }, 'folders'],
    ['no account of the tools', { files: { 'opt/hibana/toolchain.json': undefined } }, 'toolchain'],
    ['an account that nobody can read', { files: { 'opt/hibana/toolchain.json': file(0o644, '{}') } }, 'toolchain'],
    ['a label that says otherwise', { labels: { 'dev.hibana.spark': '4.1.4' } }, 'toolchain'],
    ['a label that cannot be read', { labels: { 'dev.hibana.libc': 'new' } }, 'labels'],
    ['no interpreter', { files: { 'usr/bin/python3.12': undefined } }, 'python'],
    ['a Java that not all may execute', { files: { 'opt/java/bin/java': file(0o750) } }, 'java and node'],
    ['no Node', { files: { 'opt/node/bin/node': undefined } }, 'java and node'],
    ['no Spark', { files: { 'opt/spark/jars/spark-core_2.13-4.2.1.jar': undefined } }, 'spark'],
    ['no py4j', { files: { 'opt/spark/python/py4j/__init__.py': undefined } }, 'spark'],
    ['no assemble', { files: { 'usr/libexec/s2i/assemble': undefined } }, 's2i scripts'],
    ['no launcher', { files: { 'hibana/launcher.mjs': undefined } }, 'launcher'],
  ])('finds %s', (_, change, check) => {
    expect(failures(change)).toContain(check);
  });

  it('asks for all that it looks at', () => {
    expect(Object.keys(good).filter((path) => wantsForCheck(path) === null)).toEqual([]);
  });
});
