/** Options by their names, in kebab-case and without dashes. yargs options, completion and the README's table are made from it. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

export type OptionSpec = FlagOption | ValueOption | ListOption;

interface OptionBase {
  /** One line: imperative or a noun, no period. */
  readonly summary: string;
  /** One letter. */
  readonly alias?: string;
  /** Takes what is given to another option, too, where that begins so: `--output oci:out` is meant as `--to oci:out`. */
  readonly also?: { readonly option: string; readonly prefix: string };
}

/** Present or not. A negative is an option of its own: `no-color`. */
export interface FlagOption extends OptionBase {
  readonly type: 'flag';
}

/** Takes one text; given twice, the last counts. Numbers and sizes stay texts: whoever uses them parses them. */
export interface ValueOption extends OptionBase {
  readonly type: 'value';
  /** What stands for the value in help: `N`, `SIZE`, `FILE`. */
  readonly value: string;
  readonly choices?: readonly string[];
  /** What a shell offers for it where there are no choices. */
  readonly completes?: 'cluster';
  readonly default?: string;
}

/** Takes one text each time it is given. */
export interface ListOption extends OptionBase {
  readonly type: 'list';
  readonly value: string;
}

export type OptionValues<T extends OptionTable> = { readonly [Name in keyof T]: OptionValue<T[Name]> };

type OptionValue<S extends OptionSpec> = S extends { readonly type: 'flag' }
  ? boolean
  : S extends { readonly type: 'list' }
    ? readonly string[]
    : Choice<S> | (S extends { readonly default: string } ? never : undefined);

type Choice<S> = S extends { readonly choices: readonly (infer Name)[] } ? Name : string;

/** The values of options when none is given. */
export function noValues<T extends OptionTable>(table: T): OptionValues<T> {
  const values = Object.entries(table).map(([name, spec]) => [
    name,
    spec.type === 'flag' ? false : spec.type === 'list' ? [] : spec.default,
  ]);
  // Built entry by entry from the table that the type is made from.
  return Object.fromEntries(values) as OptionValues<T>;
}

export type PositionalTable = Readonly<Record<string, PositionalSpec>>;

export interface PositionalSpec {
  readonly summary: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
  /** What a shell offers for it; default `file`. */
  readonly completes?: 'template' | 'cluster' | 'deployment' | 'file' | 'nothing';
}

export type PositionalValues<T extends PositionalTable> = {
  readonly [Name in keyof T]: Choice<T[Name]> | (T[Name] extends { readonly required: true } ? never : undefined);
};
