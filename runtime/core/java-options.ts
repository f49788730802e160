import type { Layout } from './app.ts';
import { MEBIBYTE } from './quantity.ts';

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

/** Temporary files where we want them (`null`: where the machine has them), and no `/tmp/hsperfdata_<user>`, which a killed JVM leaves behind. */
export function temporaryFileOptions(folder: string | null): readonly string[] {
  return [...(folder === null ? [] : [`-Djava.io.tmpdir=${folder}`]), '-XX:-UsePerfData'];
}

/** Whatever opens a trust store has to give one. It keeps nobody out: a trust store holds no secret. */
export const TRUST_STORE_PASSWORD = 'changeit';

/** What makes a JVM trust the authorities in a trust store; nothing for `null`, nor beside options by which the user names one of their own. */
export function trustStoreOptions(path: string | null, own: readonly string[] = []): readonly string[] {
  if (path === null || own.some((option) => option.startsWith('-Djavax.net.ssl.trustStore='))) return [];
  return [`-Djavax.net.ssl.trustStore=${path}`, `-Djavax.net.ssl.trustStorePassword=${TRUST_STORE_PASSWORD}`];
}

/** Maps the archive of Spark's classes, where there is one. A JVM that cannot use it starts without, slower, and says nothing of it.
 *  It is mapped where it was made for: anywhere else the JVM rewrites every pointer in it first, and has a copy of its own of all of it. */
export function archiveOptions({ archive, javaRelease }: Pick<Layout, 'archive' | 'javaRelease'>): readonly string[] {
  if (archive === null) return [];
  return [
    `-XX:SharedArchiveFile=${archive}`,
    ...['-XX:+UnlockDiagnosticVMOptions', '-XX:ArchiveRelocationMode=0'],
    '-Xlog:cds*=off',
    ...(javaRelease >= AOT_LOG_RELEASE ? ['-Xlog:aot*=off'] : []),
  ];
}

/** From here on the JVM speaks of its archives under another name, and does not start when an older one is told that name. */
const AOT_LOG_RELEASE = 25;

/** For a JVM that may live for seconds or for days: the optimising compiler comes to code that runs a hundred times as often as it usually
 *  waits for. A short job ends before, without the threads of that compiler beside its own; a long one has the same code some seconds
 *  later. Figures: docs/decisions, "Start-up". */
export const PATIENT_COMPILER: readonly string[] = [
  '-XX:Tier3DelayOn=0',
  '-XX:Tier4InvocationThreshold=500000',
  '-XX:Tier4MinInvocationThreshold=60000',
  '-XX:Tier4CompileThreshold=1500000',
  '-XX:Tier4BackEdgeThreshold=4000000',
];

/** For a JVM that moves messages, not data: the quick compiler alone, and little memory. */
export const DAEMON_JVM: readonly string[] = ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** The collector that HotSpot itself takes on a machine of the size of this heap; nothing for larger ones, nor beside options by which the
 *  user takes another. Source: `os::is_server_class_machine`, less than 1792 MiB. */
export function collectorOptions(heapBytes: number, own: readonly string[]): readonly string[] {
  return heapBytes < SERVER_CLASS_BYTES && !hasCollector(own) ? ['-XX:+UseSerialGC'] : [];
}

/** For a JVM that holds data: the collector that it has on any machine of several processors. The serial one keeps a part of the heap free, Spark counts
 *  that much less memory, and a job that fits elsewhere spills. Nothing beside options by which the user takes another.
 *  Source: `Runtime.maxMemory`, Spark's UnifiedMemoryManager. */
export function dataCollectorOptions(own: readonly string[]): readonly string[] {
  return hasCollector(own) ? [] : ['-XX:+UseG1GC'];
}

/** Two are refused by the JVM. */
function hasCollector(options: readonly string[]): boolean {
  return options.some((option) => /^-XX:\+Use\w+GC$/.test(option));
}

const SERVER_CLASS_BYTES = 1_792 * MEBIBYTE;

/** Processors as the job was given them, whatever the machine has: threads and collector are chosen by it. */
export function processorOptions(cores: number): readonly string[] {
  return [`-XX:ActiveProcessorCount=${cores}`];
}
