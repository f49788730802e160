import { ToolError } from './errors.ts';

/** What spark-submit's own options say, however they were written. */
export interface SubmitOptions {
  readonly conf: Readonly<Record<string, string>>;
  readonly packages: readonly string[];
  readonly excludePackages: readonly string[];
  readonly repositories: readonly string[];
  readonly jars: readonly string[];
  readonly pyFiles: readonly string[];
  readonly files: readonly string[];
  readonly archives: readonly string[];
  readonly mainClass: string | null;
  readonly name: string | null;
  /** Options that were accepted and change nothing here: `--verbose`. */
  readonly ignored: readonly string[];
}

/** Adds to an error what a mistyped word could have been: `; did you mean "--packages"?`, or nothing. */
export type Suggest = (word: string, known: readonly string[]) => string;

/** Reads options as spark-submit does: `--name value`, `--name=value`, lists with commas; an option of its own wins over the same
 *  property in `--conf`. A list that is given twice is joined.
 *  @throws {ToolError} USAGE for an unknown option, a missing value, a bare word, and what hibana decides itself (`--master`).
 *  Source: SparkSubmitOptionParser and SparkSubmitArguments of Spark 4.2. */
export function parseSubmitOptions(argv: readonly string[], suggest: Suggest = () => ''): SubmitOptions {
  const words = argv.values();
  const conf: Record<string, string> = {};
  const own: Record<string, string> = {};
  const lists = Object.fromEntries(Object.values(LISTS).map((key) => [key, [] as string[]]));
  const ignored: string[] = [];
  for (const word of words) {
    const [option, value] = splitOption(word);
    if (!option.startsWith('-')) throw refuse(option, suggest);
    const take = (): string => value ?? nextValue(words, option);
    const list = lists[LISTS[option] ?? ''];
    const property = PROPERTIES[option];
    if (option === '--conf' || option === '-c') Object.assign(conf, parseProperty(take()));
    else if (list) list.push(...splitList(take()));
    else if (property !== undefined) own[property] = take();
    else if (IGNORED.includes(option)) ignored.push(option);
    else if (IGNORED_WITH_VALUE.includes(option)) ignored.push(`${option} ${take()}`);
    else throw refuse(option, suggest);
  }
  const { [CLASS]: mainClass = null, [NAME]: name = null, ...properties } = own;
  return { ...EMPTY, ...lists, conf: { ...conf, ...properties }, mainClass, name, ignored };
}

/** `key=value` → one property; the value may hold further `=`.
 *  @throws {ToolError} USAGE without `=` or key, and for the properties that say where the job runs */
export function parseProperty(text: string): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  const key = text.slice(0, at).trim();
  if (at < 0 || key === '') {
    throw new ToolError('USAGE', `Cannot read "${text}" as a Spark property: it is not key=value`);
  }
  checkProperty(key);
  return { [key]: text.slice(at + 1) };
}

/** @throws {ToolError} USAGE for a property that says where the job runs, which is what hibana decides */
export function checkProperty(key: string): void {
  if (!DECIDED_PROPERTIES.includes(key)) return;
  throw new ToolError('USAGE', `Cannot set ${key}: the job runs on the cluster that hibana gives it`, {
    hint: DECIDED_HINT,
    details: { property: key },
  });
}

/** `a, b,,c` → a, b, c */
export function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

const CLASS = 'class';
const NAME = 'name';

const LISTS: Readonly<Record<string, string>> = {
  '--packages': 'packages',
  '--exclude-packages': 'excludePackages',
  '--repositories': 'repositories',
  '--jars': 'jars',
  '--py-files': 'pyFiles',
  '--files': 'files',
  '--archives': 'archives',
};

const PROPERTIES: Readonly<Record<string, string>> = {
  '--class': CLASS,
  '--name': NAME,
  '--driver-memory': 'spark.driver.memory',
  '--driver-java-options': 'spark.driver.extraJavaOptions',
  '--driver-library-path': 'spark.driver.extraLibraryPath',
  '--driver-class-path': 'spark.driver.extraClassPath',
  '--driver-cores': 'spark.driver.cores',
  '--executor-memory': 'spark.executor.memory',
  '--executor-cores': 'spark.executor.cores',
  '--total-executor-cores': 'spark.cores.max',
  '--num-executors': 'spark.executor.instances',
  '--principal': 'spark.kerberos.principal',
  '--keytab': 'spark.kerberos.keytab',
};

/** `--supervise` restarts a driver inside a cluster, `--queue` is YARN's: neither is how a driver runs here. */
const IGNORED: readonly string[] = ['--verbose', '-v', '--supervise'];
const IGNORED_WITH_VALUE: readonly string[] = ['--queue'];

const DECIDED_PROPERTIES: readonly string[] = ['spark.master', 'spark.remote', 'spark.submit.deployMode'];
const DECIDED_HINT = 'Leave it out; choose the size of the cluster with --workers, --worker-cores and --worker-memory';

const REFUSED: Readonly<Record<string, { readonly because: string; readonly hint: string }>> = {
  '--master': { because: 'hibana chooses the cluster', hint: DECIDED_HINT },
  '--remote': { because: 'hibana chooses the cluster', hint: DECIDED_HINT },
  '--deploy-mode': { because: 'the driver always runs beside the launcher', hint: 'Leave it out' },
  '--properties-file': {
    because: 'it names a file that hibana does not read',
    hint: 'Put the properties under "conf:" in hibana.yaml, or into spark-conf/spark-defaults.conf in the source',
  },
  '--proxy-user': { because: 'hibana runs a job as the user who starts it', hint: 'Leave it out' },
};

const KNOWN: readonly string[] = ['--conf', ...Object.keys(LISTS), ...Object.keys(PROPERTIES), ...IGNORED, '--queue'];

const EMPTY = {
  packages: [],
  excludePackages: [],
  repositories: [],
  jars: [],
  pyFiles: [],
  files: [],
  archives: [],
} as const;

function splitOption(word: string): readonly [string, string | undefined] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word, undefined];
}

function nextValue(words: Iterator<string>, option: string): string {
  const next = words.next();
  if (next.done === true)
    throw new ToolError('USAGE', `Cannot read the option ${option} of spark-submit: it has no value`);
  return next.value;
}

function refuse(option: string, suggest: Suggest): ToolError {
  const known = option.startsWith('-') ? REFUSED[option] : undefined;
  if (known) {
    const message = `Cannot use the option ${option} of spark-submit: ${known.because}`;
    return new ToolError('USAGE', message, { hint: known.hint, details: { option } });
  }
  const why = option.startsWith('-')
    ? `spark-submit has no such option${suggest(option, KNOWN)}`
    : 'it is not an option, and the application comes from the source';
  return new ToolError('USAGE', `Cannot read "${option}" among the options of spark-submit: ${why}`, {
    details: { option },
  });
}
