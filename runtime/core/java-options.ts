import type { Layout } from './app.ts';

const OPENED_PACKAGES = [
  'java.base/java.lang',
  'java.base/java.lang.invoke',
  'java.base/java.lang.reflect',
  'java.base/java.io',
  'java.base/java.net',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.ref',
  'java.base/sun.nio.ch',
  'java.base/sun.nio.cs',
  'java.base/sun.security.action',
  'java.base/sun.util.calendar',
  'java.security.jgss/sun.security.krb5',
];

/** The flags with which Spark starts its own JVMs; Java 8 to 25 ignore what they do not know because of the first one.
 *  Source: `JavaModuleOptions.defaultModuleOptions()` of Spark 4.3, the same list in 4.2. */
export function moduleOptions(layout: Pick<Layout, 'javaHasVectorModule'>): readonly string[] {
  return [
    '-XX:+IgnoreUnrecognizedVMOptions',
    ...(layout.javaHasVectorModule ? ['--add-modules=jdk.incubator.vector'] : []),
    ...OPENED_PACKAGES.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-Dio.netty.allocator.type=pooled',
    '-Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE',
    '--sun-misc-unsafe-memory-access=allow',
    '--enable-native-access=ALL-UNNAMED',
  ];
}

/** Temporary files where we want them, and no `/tmp/hsperfdata_<user>`, which a killed JVM leaves behind. */
export function temporaryFileOptions(folder: string): readonly string[] {
  return [`-Djava.io.tmpdir=${folder}`, '-XX:-UsePerfData'];
}
