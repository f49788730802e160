import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', 'fixtures', 'broken-java.sh');

/** A JAVA_HOME in `folder` whose Java answers every question about itself, says it is `release`, and cannot run a program. */
export async function brokenJava(folder: string, release = 17): Promise<string> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  const text = (await readFile(program, 'utf8')).replaceAll('17', String(release));
  await writeFile(join(folder, 'bin', 'java'), text, { mode: 0o755 });
  return folder;
}
