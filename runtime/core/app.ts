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
  /** JAVA_HOME: has `bin/java`. */
  readonly java: string;
  readonly javaRelease: number;
  /** Whether this Java has the module `jdk.incubator.vector`, which Spark asks for. */
  readonly javaHasVectorModule: boolean;
  /** The Python interpreter, or `null` where there is none (JVM applications). */
  readonly python: string | null;
  /** Folders that every Python process gets in PYTHONPATH, in this order. */
  readonly pythonPath: readonly string[];
  /** The application's folder: the driver's working directory. */
  readonly app: string;
}
