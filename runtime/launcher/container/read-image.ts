import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode, ToolError } from '../../core/errors.ts';
import { IMAGE_PATHS, type ImagePackages, parseImagePackages, parseImageToolchain } from '../../core/image-layout.ts';
import { type LaunchRequest, parseAppDescriptor } from '../../core/launch-env.ts';

/** What an image says of itself. */
export interface Image {
  readonly app: LaunchRequest['app'];
  /** With Python, whatever the application is written in, and without the folders of its own modules: both depend on the file that runs. */
  readonly layout: LaunchRequest['layout'];
  /** What its Python is called on any machine: `python3.12`. */
  readonly pythonCommand: string;
  /** Where native libraries are, unpacked; `null` where there are none. */
  readonly natives: string | null;
}

/** Reads the image whose files are under `root`: `''` in a container.
 *  @throws {ToolError} IMAGE_INCOMPLETE */
export async function readImage(root: string): Promise<Image> {
  const at = (path: string): string => `${root}${path}`;
  const descriptor = await read(at(IMAGE_PATHS.descriptor), parseAppDescriptor);
  if (descriptor === undefined) {
    throw new ToolError('IMAGE_INCOMPLETE', `Cannot run this image: it has no ${IMAGE_PATHS.descriptor}`, {
      hint: 'Build an application on it with "hibana build", and run the image that this makes',
    });
  }
  const toolchain = await read(at(IMAGE_PATHS.toolchain), parseImageToolchain);
  if (toolchain === undefined) {
    throw new ToolError('IMAGE_INCOMPLETE', `Cannot run this image: it has no ${IMAGE_PATHS.toolchain}`);
  }
  const packages = (await read(join(at(IMAGE_PATHS.packages), PACKAGES), parseImagePackages)) ?? NO_PACKAGES;
  const jars = (names: readonly string[]): string[] => names.map((name) => join(at(IMAGE_PATHS.packages), name));
  const { javaRelease, javaHasVectorModule, classPath, spark, python, pythonMinor } = toolchain;
  const natives = at(IMAGE_PATHS.natives);
  return {
    // The builder's Spark is what there is, whatever the application was planned with.
    app: { ...descriptor, spark },
    layout: {
      ...{ spark: at(IMAGE_PATHS.spark), java: at(IMAGE_PATHS.java), app: at(IMAGE_PATHS.app) },
      ...{ classPath, javaRelease, javaHasVectorModule, archive: null, trustStore: null },
      python,
      pythonPath: [at(IMAGE_PATHS.dependencies), join(at(IMAGE_PATHS.spark), 'python')],
      jars: jars(packages.jars),
      pythonJars: jars(packages.pythonJars),
      classPathJars: jars(packages.classPathJars),
    },
    pythonCommand: `python${pythonMinor}`,
    natives: (await stat(natives).catch(() => undefined))?.isDirectory() === true ? natives : null,
  };
}

const PACKAGES = 'packages.json';
const NO_PACKAGES: ImagePackages = { version: 1, jars: [], pythonJars: [], classPathJars: [] };

async function read<T>(file: string, parse: (text: string) => T): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw new ToolError('IMAGE_INCOMPLETE', `Cannot read "${file}": ${systemCode(cause) ?? 'it is not a file'}`, {
      cause,
      hint: 'Run the image as its own user, or as any user of group 0',
    });
  });
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (cause) {
    throw new ToolError('IMAGE_INCOMPLETE', `Cannot read "${file}": it is not what this launcher knows`, { cause });
  }
}
