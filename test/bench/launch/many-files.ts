import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ManyFiles extends AsyncDisposable {
  readonly path: string;
}

const FOLDERS = 20;

/** A folder with an application of `count` files: `app.py`, a hibana.yaml, and modules in packages below. */
export async function makeManyFiles(count: number): Promise<ManyFiles> {
  const path = await mkdtemp(join(tmpdir(), 'hibana-bench-files-'));
  const modules = Array.from({ length: count - 2 }, (_, index) => `package_${index % FOLDERS}/module_${index}.py`);
  await Promise.all(Array.from({ length: FOLDERS }, (_, index) => mkdir(join(path, `package_${index}`))));
  const texts: Readonly<Record<string, string>> = {
    'app.py': 'from pyspark.sql import SparkSession\n\nprint(SparkSession.builder.getOrCreate().range(9).count())\n',
    'hibana.yaml': 'version: 1\nname: many-files\n',
    ...Object.fromEntries(modules.map((name, index) => [name, `def value():\n    return ${index}\n`])),
  };
  await Promise.all(Object.entries(texts).map(([name, text]) => writeFile(join(path, name), text)));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
