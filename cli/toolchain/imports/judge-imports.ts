import { ToolError } from '../../../runtime/core/errors.ts';
import { distributionOf } from '../dependencies/known-distributions.ts';
import type { FoundImport, FoundImports, Loaded, LoadedImports } from './imports.ts';

export interface JudgeInput {
  readonly found: FoundImports;
  readonly loaded: LoadedImports;
  /** Where requirements are written down: `requirements.txt`; empty where there are none. */
  readonly files: readonly string[];
  /** `3.11.7` */
  readonly python: string;
  /** What else brings modules when the job runs, for people: `--py-files`; `null` when nothing does. */
  readonly elsewhere: string | null;
}

export interface ImportVerdict {
  /** The first import that would end the job. */
  readonly error: ToolError | null;
  /** What may go wrong later, a sentence each. */
  readonly warnings: readonly string[];
}

const MOST_WARNINGS = 5;

/** What the imports of an application mean for a run. Those that always run must be there and load; the others only warn. Pure. */
export function judgeImports(input: JudgeInput): ImportVerdict {
  const { found, loaded } = input;
  const bad = found.imports.flatMap((one, index) => {
    const result = loaded.loaded[index];
    return result === undefined || result.state === 'there' ? [] : [{ one, result }];
  });
  const elsewhere = input.elsewhere ?? callThatBrings(found);
  const isFatal = ({ one, result }: Bad) => one.guard === 'none' && (result.state === 'broken' || elsewhere === null);
  const fatal = bad.find((one) => isFatal(one) && one.result.state === 'missing') ?? bad.find(isFatal);
  const told = bad.filter((one) => !isFatal(one) && one.one.guard !== 'typing');
  const warnings = [...new Set(told.map(({ one, result }) => warningFor(one, result, elsewhere)))];
  return { error: fatal === undefined ? null : errorFor(fatal, input), warnings: warnings.slice(0, MOST_WARNINGS) };
}

interface Bad {
  readonly one: FoundImport;
  readonly result: Loaded;
}

/** What was loaded and will not do all that it should on this Python, a sentence for each distribution. Pure. */
export function doubtsAbout({ removed, owners }: LoadedImports, python: string): readonly string[] {
  const told = removed.map(({ module, line, uses }) => {
    const [name = module, version = ''] = owners[module.split('.')[0] ?? module] ?? [];
    return { name, text: `${name} ${version} uses ${uses}, which Python ${python} has not (${module}:${line})` };
  });
  return told.filter(({ name }, index) => told.findIndex((one) => one.name === name) === index).map(({ text }) => text);
}

function callThatBrings({ changes: [first] }: FoundImports): string | null {
  return first === undefined ? null : `${first.call}() in ${first.file}:${first.line}`;
}

const GUARDS: Readonly<Record<FoundImport['guard'], string>> = {
  none: '',
  guarded: ', where the application expects that it may fail',
  function: ' inside of a function',
  condition: ' on a condition',
  typing: '',
};

function warningFor({ module, file, line, guard }: FoundImport, result: Loaded, elsewhere: string | null): string {
  const problem = result.state === 'missing' ? 'it is not installed' : `it does not load: ${result.problem ?? ''}`;
  const hope = guard === 'none' && elsewhere !== null ? ` (it may come by ${elsewhere})` : '';
  return `${file}:${line} imports "${module}"${GUARDS[guard]}, and ${problem}${hope}`;
}

function errorFor({ one, result }: Bad, { loaded, files, python }: JudgeInput): ToolError {
  const { module, file, line } = one;
  const place = `${file}:${line}`;
  const top = module.split('.')[0] ?? module;
  const owner = loaded.owners[top];
  const list = files[0] ?? 'requirements.txt';
  const details = { module, file, line, python, requirements: files, problem: result.problem };
  if (result.state === 'missing') {
    const distribution = distributionOf(module);
    const named = distribution === module ? distribution : `${distribution}, which has it,`;
    return new ToolError('MODULE_NOT_FOUND', `Cannot import "${module}" (${place}): it is not installed`, {
      hint: `Add ${named} to ${list}${files.length === 0 ? ' beside the application' : ''}`,
      details: { ...details, distribution, version: null },
    });
  }
  const from = owner === undefined ? '' : ` of ${owner[0]} ${owner[1]}`;
  const said = files.length === 0 ? '' : `, asked for by ${files.join(', ')}`;
  const problem = result.problem ?? 'it does not load';
  return new ToolError('IMPORT_FAILED', `Cannot import "${module}"${from} (${place}${said}): ${problem}`, {
    ...hintFor(result, top, list),
    details: { ...details, distribution: owner?.[0] ?? null, version: owner?.[1] ?? null },
  });
}

function hintFor({ lacks }: Loaded, top: string, list: string): { readonly hint?: string } {
  if (lacks === null || lacks.split('.')[0] === top) return {};
  return { hint: `Add ${distributionOf(lacks)} to ${list}, or ask for another version of what needs it` };
}
