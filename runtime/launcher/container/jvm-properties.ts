import type { LaunchRequest } from '../../core/launch-env.ts';
import type { Properties } from '../../core/properties.ts';
import type { Image } from './read-image.ts';

/** Java options for the processes of this container: before those of the user, which win. */
export function jvmProperties(
  cluster: LaunchRequest['cluster'],
  conf: Properties,
  { image, madeHome }: { readonly image: Image; readonly madeHome: string | null },
): Properties {
  const { natives } = image;
  const options = [
    // Java asks the operating system, which knows of no home that was made here.
    ...(madeHome === null ? [] : [`-Duser.home=${madeHome}`]),
    // Every other library of Spark's looks for itself in LD_LIBRARY_PATH.
    ...(natives === null ? [] : [`-Dorg.xerial.snappy.lib.path=${natives}`, `-Dorg.xerial.snappy.lib.name=${SNAPPY}`]),
  ];
  if (options.length === 0 || cluster.kind === 'connect') return {};
  const keys = cluster.kind === 'ephemeral' ? [DRIVER, EXECUTOR] : [DRIVER];
  return Object.fromEntries(keys.map((key) => [key, [...options, conf[key] ?? ''].join(' ').trimEnd()]));
}

const DRIVER = 'spark.driver.defaultJavaOptions';
const EXECUTOR = 'spark.executor.defaultJavaOptions';
const SNAPPY = 'libsnappyjava.so';
