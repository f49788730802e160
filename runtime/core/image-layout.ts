import * as z from 'zod/mini';

/** Where things are in every image of hibana: fixed, so that a launcher of one version finds what a builder of another made. */
export const IMAGE_PATHS = {
  /** SPARK_HOME; its Python packages are in `python/`, as files. */
  spark: '/opt/spark',
  /** JAVA_HOME: a shadow one where this Java lacks a module that Spark asks for. */
  java: '/opt/java',
  /** Has `bin/node`. */
  node: '/opt/node',
  /** Native libraries that Spark's jars carry and would unpack at run time, unpacked: optional, needed where the only writable
   *  folder is mounted `noexec`, as docker's `--tmpfs` is. `libzstd-jni-*.so`, `libsnappyjava.so`. */
  natives: '/opt/spark/native',
  /** Where the C library asks a service for names of users: optional, a link to `NAME_SERVICE_FOLDER`. Needed where the root is
   *  read-only and the user has no entry in /etc/passwd. */
  nameService: '/run/nscd',
  /** What the builder knows of itself: an `ImageToolchain`. */
  toolchain: '/opt/hibana/toolchain.json',
  /** The application's folder. */
  app: '/opt/app-root/src',
  /** Python dependencies, a folder for PYTHONPATH. */
  dependencies: '/opt/app-root/deps',
  /** JVM packages, and `packages.json` that says which of them are more than jars: `ImagePackages`. */
  packages: '/opt/app-root/jars',
  /** The AppDescriptor. */
  descriptor: '/opt/app-root/hibana.json',
  launcher: '/hibana/launcher.mjs',
  scripts: '/usr/libexec/s2i',
} as const;

/** Where the link `IMAGE_PATHS.nameService` leads: a folder that the launcher makes when it is needed. */
export const NAME_SERVICE_FOLDER = '/tmp/.hibana-names';

const ToolchainSchema = z.object({
  version: z.literal(1),
  /** An exact release. */
  spark: z.string(),
  /** Spark's own class path: see `Layout.classPath`. */
  classPath: z.string(),
  javaRelease: z.number(),
  javaHasVectorModule: z.boolean(),
  /** The interpreter: an absolute path. */
  python: z.string(),
  /** `3.12` */
  pythonMinor: z.string(),
});

/** What a builder image says of its tools. */
export type ImageToolchain = Readonly<z.infer<typeof ToolchainSchema>>;

const PackagesSchema = z.object({
  version: z.literal(1),
  /** File names in `IMAGE_PATHS.packages`, in the order of the class path. */
  jars: z.array(z.string()),
  pythonJars: z.array(z.string()),
  classPathJars: z.array(z.string()),
});

/** The JVM packages of an image, by file name: see `Layout` for what each list is. */
export type ImagePackages = Readonly<z.infer<typeof PackagesSchema>>;

/** @throws when the text is not that of a version this launcher knows */
export function parseImageToolchain(text: string): ImageToolchain {
  return ToolchainSchema.parse(JSON.parse(text));
}

/** @throws when the text is not that of a version this launcher knows */
export function parseImagePackages(text: string): ImagePackages {
  return PackagesSchema.parse(JSON.parse(text));
}
