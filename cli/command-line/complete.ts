import type { Command, CommandDefinition } from '../commands/command.ts';
import { COMMON_OPTIONS } from './global-options.ts';
import type { OptionTable } from './options.ts';

export interface Completion {
  readonly text: string;
  readonly what: string;
}

export interface CompletionInput {
  readonly commands: readonly Command[];
  readonly groups: Readonly<Record<string, string>>;
  /** Only called where a template may stand. */
  readonly templates: () => Promise<readonly string[]>;
  /** Only called where the name of a shared cluster may stand. */
  readonly clusters: () => Promise<readonly string[]>;
  /** Only called where the name of what is deployed may stand. */
  readonly deployments: () => Promise<readonly string[]>;
}

/** What may stand at the last of `words` (those after `hibana`; the last may be empty). Nothing means: offer files. */
export async function completionsFor(words: readonly string[], input: CompletionInput): Promise<readonly Completion[]> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  if (before.includes('--')) return [];
  const offered = await candidates(before, current, input);
  return offered.filter(({ text }) => text.startsWith(current === '=' ? '' : current));
}

async function candidates(
  before: readonly string[],
  current: string,
  input: CompletionInput,
): Promise<readonly Completion[]> {
  const names = positionalsIn(before, COMMON_OPTIONS);
  const definition = definitionFor(names, input.commands);
  const table: OptionTable = { ...COMMON_OPTIONS, ...definition?.options };

  const inline = /^--([^=]+)=/.exec(current)?.[1];
  if (inline !== undefined) return prefixed(`--${inline}=`, await valuesOf(inline, table, input));
  const awaiting = awaitsValue(before, current, table);
  if (awaiting !== null) return valuesOf(awaiting, table, input);
  if (current.startsWith('-')) {
    return Object.entries(table).map(([name, { summary }]) => ({ text: `--${name}`, what: summary }));
  }
  if (!definition) return commandWords(names, input);
  const place = positionalsIn(before, table).length - definition.name.split(' ').length;
  const spec = Object.values(definition.positionals)[place];
  if (spec?.choices) return plain(spec.choices);
  if (spec?.completes === 'template') return plain(await input.templates());
  if (spec?.completes === 'deployment') return plain(await input.deployments());
  return spec?.completes === 'cluster' ? plain(await input.clusters()) : [];
}

/** The name of the option whose value comes next. bash splits `--output=js` into three words; `=` alone is then one of them. */
function awaitsValue(before: readonly string[], current: string, table: OptionTable): string | null {
  const last = before.at(-1) === '=' || current === '=' ? before.filter((word) => word !== '=').at(-1) : before.at(-1);
  const name = optionNamed(last ?? '', table);
  return name !== null && table[name]?.type !== 'flag' ? name : null;
}

function optionNamed(word: string, table: OptionTable): string | null {
  const found = Object.entries(table).find(([name, { alias }]) => word === `--${name}` || word === `-${alias}`);
  return found?.[0] ?? null;
}

function positionalsIn(words: readonly string[], table: OptionTable): readonly string[] {
  return words.filter(
    (word, index) => !word.startsWith('-') && word !== '=' && awaitsValue(words.slice(0, index), word, table) === null,
  );
}

function definitionFor(names: readonly string[], commands: readonly Command[]): CommandDefinition | undefined {
  const found = commands.find(({ definition: { name } }) => name === names[0] || name === names.slice(0, 2).join(' '));
  return found?.definition;
}

function commandWords(names: readonly string[], { commands, groups }: CompletionInput): readonly Completion[] {
  const [group] = names;
  const definitions = commands.map(({ definition }) => definition);
  if (group !== undefined) {
    return definitions
      .filter(({ name }) => name.startsWith(`${group} `))
      .map(({ name, summary }) => ({ text: name.slice(group.length + 1), what: summary }));
  }
  const first = definitions.map(({ name, summary }) => {
    const [word = name, second] = name.split(' ');
    return { text: word, what: second === undefined ? summary : (groups[word] ?? '') };
  });
  return [...new Map(first.map((completion) => [completion.text, completion])).values()];
}

async function valuesOf(
  name: string,
  table: OptionTable,
  { clusters }: CompletionInput,
): Promise<readonly Completion[]> {
  const spec = table[name];
  if (spec?.type !== 'value') return [];
  return spec.completes === 'cluster' ? plain([...(await clusters()), 'local']) : plain(spec.choices ?? []);
}

function plain(texts: readonly string[]): readonly Completion[] {
  return texts.map((text) => ({ text, what: '' }));
}

function prefixed(prefix: string, completions: readonly Completion[]): readonly Completion[] {
  return completions.map(({ text, what }) => ({ text: `${prefix}${text}`, what }));
}
