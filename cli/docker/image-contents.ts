import { join } from 'node:path';
import { ToolError } from '../../runtime/core/errors.ts';
import {
  IMAGE_PATHS,
  type ImagePackages,
  parseImagePackages,
  parseImageToolchain,
} from '../../runtime/core/image-layout.ts';
import { type LaunchRequest, parseAppDescriptor } from '../../runtime/core/launch-env.ts';
import { parseProperties } from '../../runtime/core/properties.ts';
import { pythonFolders } from '../../runtime/core/python-folders.ts';
import type { ImageSparkConf } from '../../runtime/platform/container/prepare-driver.ts';

/** Looks into an image, wherever that is. Paths are absolute. */
export interface ImageLook {
  /** Of a small file; `undefined` where there is none. */
  readonly text: (path: string) => Promise<string | undefined>;
  readonly has: (path: string) => Promise<boolean>;
}

/** What an application's image says of itself, read from outside: nothing of it runs. */
export interface ImageContents {
  /** `null`: it is no application, but has what one stands on. */
  readonly app: LaunchRequest['app'] | null;
  /** An exact release. */
  readonly spark: string;
  readonly layout: LaunchRequest['layout'];
  /** `3.12` */
  readonly python: string;
  readonly sparkConf: ImageSparkConf;
}

const SPARK_CONF = join(IMAGE_PATHS.app, 'spark-conf');
const SPARK_DEFAULTS = 'spark-defaults.conf';
const PACKAGES = join(IMAGE_PATHS.packages, 'packages.json');

/** The files that are read; of others it is only asked whether they are there. */
export const READ_FILES: readonly string[] = [
  ...[IMAGE_PATHS.descriptor, IMAGE_PATHS.toolchain, PACKAGES],
  join(SPARK_CONF, SPARK_DEFAULTS),
];

/** @throws {ToolError} IMAGE_INCOMPLETE for an image that "hibana build" has not made, ENTRY_NOT_FOUND */
export async function readContents(look: ImageLook, name: string): Promise<ImageContents> {
  const file = async <T>(path: string, parse: (text: string) => T): Promise<T | undefined> => {
    const text = await look.text(path);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (cause) {
      throw new ToolError('IMAGE_INCOMPLETE', `Cannot run "${name}": its ${path} is not what this hibana knows`, {
        cause,
      });
    }
  };
  const descriptor = (await file(IMAGE_PATHS.descriptor, parseAppDescriptor)) ?? null;
  const toolchain = need(await file(IMAGE_PATHS.toolchain, parseImageToolchain), name, IMAGE_PATHS.toolchain);
  const packages = (await file(PACKAGES, parseImagePackages)) ?? NO_PACKAGES;
  const hasSources = await look.has(join(IMAGE_PATHS.app, 'src'));
  if (descriptor !== null && !(await look.has(join(IMAGE_PATHS.app, descriptor.entry)))) {
    throw new ToolError('ENTRY_NOT_FOUND', `Cannot run "${descriptor.entry}": ${IMAGE_PATHS.app} has no such file`);
  }
  const jars = (names: readonly string[]): string[] => names.map((jar) => join(IMAGE_PATHS.packages, jar));
  const { javaRelease, javaHasVectorModule, classPath, spark, python, pythonMinor } = toolchain;
  const isPython = descriptor?.language !== 'jvm';
  const own =
    descriptor !== null && isPython
      ? pythonFolders(descriptor.entry, hasSources).map((path) => join(IMAGE_PATHS.app, path))
      : [];
  return {
    // The builder's Spark is what there is, whatever the application was planned with.
    app: descriptor === null ? null : { ...descriptor, spark },
    spark,
    layout: {
      ...{ spark: IMAGE_PATHS.spark, java: IMAGE_PATHS.java, app: IMAGE_PATHS.app },
      ...{ classPath, javaRelease, javaHasVectorModule, archive: null, trustStore: null },
      python: isPython ? python : null,
      pythonPath: [...own, IMAGE_PATHS.dependencies, join(IMAGE_PATHS.spark, 'python')],
      jars: jars(packages.jars),
      pythonJars: jars(packages.pythonJars),
      classPathJars: jars(packages.classPathJars),
    },
    python: pythonMinor,
    sparkConf: await readSparkConf(look),
  };
}

const NO_PACKAGES: ImagePackages = { version: 1, jars: [], pythonJars: [], classPathJars: [] };

function need<T>(value: T | undefined, name: string, path: string): T {
  if (value !== undefined) return value;
  throw new ToolError('IMAGE_INCOMPLETE', `Cannot run "${name}": it has no ${path}`, {
    hint: 'Name an image that "hibana build" has made of an application',
  });
}

async function readSparkConf(look: ImageLook): Promise<ImageSparkConf> {
  const folder = SPARK_CONF;
  if (!(await look.has(folder))) return { folder: null, defaults: {}, hasLog4j: false };
  const text = await look.text(join(folder, SPARK_DEFAULTS));
  const hasLog4j = await look.has(join(folder, 'log4j2.properties'));
  return { folder, defaults: parseProperties(text ?? ''), hasLog4j };
}
