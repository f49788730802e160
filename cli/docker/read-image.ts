import { join } from 'node:path';
import type Docker from 'dockerode';
import type { Ctx } from '../../runtime/core/context.ts';
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
import { hasPath, readContainerFile } from '../../runtime/platform/docker/archive.ts';
import { type ContainerUser, containerUser } from '../../runtime/platform/docker/container-image.ts';
import { dockerError, statusOf } from '../../runtime/platform/docker/docker-errors.ts';
import { markInDocker, unmarkInDocker } from '../../runtime/platform/docker/docker-place.ts';
import type { ImageSparkConf } from '../../runtime/platform/docker/prepare-driver.ts';
import { removeContainer } from '../../runtime/platform/docker/remove.ts';

/** What an application's image says of itself, read from outside: nothing of it runs. */
export interface DaemonImage {
  readonly id: string;
  readonly user: ContainerUser;
  /** `null`: it is no application, but has what one stands on. */
  readonly app: LaunchRequest['app'] | null;
  /** An exact release. */
  readonly spark: string;
  readonly layout: LaunchRequest['layout'];
  /** `3.12` */
  readonly python: string;
  readonly sparkConf: ImageSparkConf;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageReading {
  readonly docker: Docker;
  /** Of the daemon, on this machine. */
  readonly socket: string;
  /** Of whoever reads: should this process be killed, the container goes with it. */
  readonly leaseDirectory: string;
  readonly id: string;
  /** As errors have it. */
  readonly name: string;
  /** For the container that it is read through, which never runs. */
  readonly labels: Readonly<Record<string, string>>;
}

const CLEANUP_DEADLINE_MS = 20_000;

/** @throws {ToolError} IMAGE_INCOMPLETE for an image that "hibana build" has not made, ENTRY_NOT_FOUND */
export async function readDaemonImage(reading: ImageReading, ctx: Ctx): Promise<DaemonImage> {
  const { docker, socket, leaseDirectory, id, name, labels } = reading;
  const { Config } = await docker.getImage(id).inspect();
  ctx.signal.throwIfAborted();
  await markInDocker(leaseDirectory, socket);
  const container = await docker
    .createContainer({
      ...{ Image: id, Entrypoint: ['/none'], Cmd: [], Labels: { ...labels }, HostConfig: { NetworkMode: 'none' } },
      abortSignal: ctx.signal,
    })
    .catch(async (error: unknown) => {
      ctx.signal.throwIfAborted();
      // What the daemon refused is not there; of anything else nobody knows.
      if (statusOf(error) !== undefined) await unmarkInDocker(leaseDirectory);
      throw dockerError(error, `look into the image "${name}"`);
    });
  try {
    const read = await readFiles(container, name, ctx);
    return { id, user: containerUser(Config.User), labels: Config.Labels ?? {}, ...read };
  } finally {
    const removal = removeContainer(container, { signal: AbortSignal.timeout(CLEANUP_DEADLINE_MS) });
    await removal.then(() => unmarkInDocker(leaseDirectory)).catch(() => {});
  }
}

async function readFiles(
  container: Docker.Container,
  name: string,
  ctx: Ctx,
): Promise<Omit<DaemonImage, 'id' | 'user' | 'labels'>> {
  const file = async <T>(path: string, parse: (text: string) => T): Promise<T | undefined> => {
    const text = await readContainerFile(container, path, ctx);
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
  const packages = (await file(join(IMAGE_PATHS.packages, 'packages.json'), parseImagePackages)) ?? NO_PACKAGES;
  const hasSources = await hasPath(container, join(IMAGE_PATHS.app, 'src'), ctx);
  if (descriptor !== null && !(await hasPath(container, join(IMAGE_PATHS.app, descriptor.entry), ctx))) {
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
    sparkConf: await readSparkConf(container, ctx),
  };
}

const NO_PACKAGES: ImagePackages = { version: 1, jars: [], pythonJars: [], classPathJars: [] };

function need<T>(value: T | undefined, name: string, path: string): T {
  if (value !== undefined) return value;
  throw new ToolError('IMAGE_INCOMPLETE', `Cannot run "${name}": it has no ${path}`, {
    hint: 'Name an image that "hibana build" has made of an application',
  });
}

async function readSparkConf(container: Docker.Container, ctx: Ctx): Promise<ImageSparkConf> {
  const folder = join(IMAGE_PATHS.app, 'spark-conf');
  if (!(await hasPath(container, folder, ctx))) return { folder: null, defaults: {}, hasLog4j: false };
  const text = await readContainerFile(container, join(folder, 'spark-defaults.conf'), ctx);
  const hasLog4j = await hasPath(container, join(folder, 'log4j2.properties'), ctx);
  return { folder, defaults: parseProperties(text ?? ''), hasLog4j };
}
