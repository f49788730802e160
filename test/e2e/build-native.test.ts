import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { createLayoutStore } from '../../cli/image/layout/layout-store.ts';
import { addBuilder } from '../helpers/builder-image.ts';
import { makeHome, runCli } from '../helpers/cli.ts';
import { startPackageIndex } from '../helpers/package-index.ts';
import { sharedObject } from '../helpers/shared-object.ts';
import { sourceWith } from '../helpers/source-distribution.ts';
import { sourceFolder } from '../helpers/source-folder.ts';

const BACKEND = `import base64, os, zipfile
LIBRARY = base64.b64decode("${sharedObject(['libodd.so.3', 'libc.so.6']).toString('base64')}")
def build_wheel(folder, *_):
    info, name = "native-1.0.dist-info/", "native-1.0-py3-none-linux_" + os.uname().machine + ".whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as wheel:
        wheel.writestr("native.so", LIBRARY)
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: native\\nVersion: 1.0\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-linux_" + os.uname().machine + "\\n")
        wheel.writestr(info + "RECORD", "native.so,,\\n" + info + "METADATA,,\\n" + info + "WHEEL,,\\n" + info + "RECORD,,\\n")
    return name
`;
const FILES = { 'app.py': 'print(1)\n', 'requirements.txt': 'native==1.0\n' };

const ReportSchema = z.object({ header: z.object({ glibcVersionRuntime: z.string() }) });

it('hibana build says of a package that it builds on a machine like the builder what the builder may lack', async () => {
  await using home = await makeHome();
  const file = await sourceWith(BACKEND, { name: 'native', version: '1.0', folder: home.path });
  await using index = await startPackageIndex({ native: Object.fromEntries([file]) });
  const folder = join(home.path, 'builders');
  const python = execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const { glibcVersionRuntime } = ReportSchema.parse(process.report.getReport()).header;
  const architectures = [process.arch === 'x64' ? 'amd64' : process.arch];
  const wanted = { tag: 'same', architectures, python: python.trim(), libc: `glibc-${glibcVersionRuntime}` };
  await addBuilder(createLayoutStore({ folder, pid: process.pid }), wanted);
  const args = [
    await sourceFolder(home, FILES),
    '--builder',
    `oci:${folder}:same`,
    '--to',
    `oci:${home.path}/out`,
    '--index-url',
    index.url,
  ];
  const end = await runCli(['build', ...args], home);
  expect(end.status, end.stderr).toBe(0);
  expect(end.stderr).toContain('native 1.0 is built for this machine and needs libodd.so.3');
});
