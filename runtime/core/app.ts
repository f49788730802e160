/** What runs, without where: the same on every platform; in an image the file `hibana.json` and the label `dev.hibana.app`. */
export interface AppDescriptor {
  readonly version: 1;
  readonly name: string;
  /** Declared, never guessed. A job ends; a service stays up until it is stopped. */
  readonly kind: 'job' | 'service';
  readonly language: 'python' | 'jvm';
  /** Relative to the application's folder: `app.py`, `target/app.jar`. */
  readonly entry: string;
  readonly mainClass: string | null;
  /** An exact release: `4.2.1`. */
  readonly spark: string;
  /** Given to the application before the arguments of one run. */
  readonly args: readonly string[];
  /** Spark properties from hibana.yaml. */
  readonly conf: Readonly<Record<string, string>>;
  /** Maven coordinates: `group:artifact:version`. */
  readonly packages: readonly string[];
  /** Relative to the application's folder, or URLs. */
  readonly jars: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The port a service listens on. */
  readonly port: number | null;
}

/** Where things are on the machine on which the job runs. In an image these are fixed (`IMAGE_LAYOUT`). */
export interface Layout {
  /** SPARK_HOME: has `jars/`. */
  readonly spark: string;
  /** Spark's own class path, the same text for each of its JVMs: an archive serves the path that it was made with and no other. */
  readonly classPath: string;
  /** The classes on that path, ready to be mapped into a JVM; `null` where there is no archive. */
  readonly archive: string | null;
  /** JAVA_HOME: has `bin/java`. */
  readonly java: string;
  readonly javaRelease: number;
  /** Whether this Java has the module `jdk.incubator.vector`, which Spark asks for. */
  readonly javaHasVectorModule: boolean;
  /** The Python interpreter, or `null` where there is none (JVM applications). */
  readonly python: string | null;
  /** Folders that every Python process gets in PYTHONPATH, in this order. */
  readonly pythonPath: readonly string[];
  /** The jars of the application's packages and of what they need: absolute paths. Spark resolves no package itself. */
  readonly jars: readonly string[];
  /** Those of them that have Python modules in them. */
  readonly pythonJars: readonly string[];
  /** Those that go on the driver's own class path as well, behind Spark: JDBC's DriverManager sees no drivers elsewhere. */
  readonly classPathJars: readonly string[];
  /** For every JVM that user code runs in; `null` leaves them to what their Java trusts. */
  readonly trustStore: string | null;
  /** The application's folder: the driver's working directory. */
  readonly app: string;
}
