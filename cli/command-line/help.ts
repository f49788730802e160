import type { Command, CommandDefinition, Example } from '../commands/command.ts';
import { COMMON_OPTIONS } from './global-options.ts';
import type { OptionSpec, OptionTable } from './options.ts';
import { usageLine } from './usage.ts';

type Row = readonly [left: string, right: string];

export interface HelpInput {
  readonly commands: readonly Command[];
  readonly groups: Readonly<Record<string, string>>;
  /** For the front page: how the whole is used, most useful first. */
  readonly examples: readonly Example[];
}

/** The help of a command, of a group (its name), or of the whole program (`null`): what it is, examples, then every option. */
export function helpText(of: CommandDefinition | string | null, input: HelpInput): string {
  if (of === null) return frontPage(input);
  return typeof of === 'string' ? groupPage(of, input) : commandPage(of);
}

function frontPage({ commands, groups, examples }: HelpInput): string {
  const rows = commands.flatMap(({ definition: { name, summary } }): Row[] => {
    const [group, second] = name.split(' ');
    return second === undefined || groups[group ?? ''] === undefined ? [[name, summary]] : [];
  });
  const used = Object.entries(groups).filter(([group]) => commands.some(({ definition }) => isIn(definition, group)));
  return page([
    'Runs an Apache Spark application from its source, on a cluster of its own.',
    section('Usage', [['hibana <command> [options]', '']]),
    section('Examples', exampleRows(examples)),
    section('Commands', [...rows, ...used]),
    section('Options of every command', optionRows(COMMON_OPTIONS)),
    'Run "hibana <command> --help" for the options of a command.',
  ]);
}

function groupPage(group: string, { commands, groups }: HelpInput): string {
  const members = commands.map(({ definition }) => definition).filter((definition) => isIn(definition, group));
  return page([
    groups[group] ?? group,
    section('Usage', [[`hibana ${group} <command> [options]`, '']]),
    section('Examples', exampleRows(members.flatMap(({ examples }) => examples.slice(0, 1)))),
    section(
      'Commands',
      members.map(({ name, summary }) => [name, summary]),
    ),
  ]);
}

function commandPage(definition: CommandDefinition): string {
  const { summary, examples, positionals, options, rest } = definition;
  const places = Object.entries(positionals).map(([name, spec]): Row => [`<${name}>`, spec.summary]);
  return page([
    summary,
    section('Usage', [[usageLine(definition), '']]),
    section('Examples', exampleRows(examples)),
    section('Arguments', [...places, ...(rest === undefined ? [] : ([['-- ARGUMENTS', rest]] as const))]),
    section('Options', optionRows(options)),
    section('Options of every command', optionRows(commonBeside(options))),
  ]);
}

/** A command that has an option of such a name has one of its own. */
function commonBeside(own: OptionTable): OptionTable {
  return Object.fromEntries(Object.entries(COMMON_OPTIONS).filter(([name]) => own[name] === undefined));
}

function isIn({ name }: CommandDefinition, group: string): boolean {
  return name.startsWith(`${group} `);
}

function exampleRows(examples: readonly Example[]): readonly Row[] {
  return examples.map(({ line, what }) => [`hibana ${line}`, what]);
}

export function optionRows(table: OptionTable): readonly Row[] {
  return Object.entries(table).map(([name, spec]) => [optionName(name, spec), optionSummary(spec)]);
}

function optionName(name: string, spec: OptionSpec): string {
  const short = spec.alias === undefined ? '    ' : `-${spec.alias}, `;
  return `${short}--${name}${spec.type === 'flag' ? '' : ` ${spec.value}`}`;
}

function optionSummary(spec: OptionSpec): string {
  if (spec.type === 'flag') return spec.summary;
  if (spec.type === 'list') return `${spec.summary} (may be repeated)`;
  const facts = [
    ...(spec.choices === undefined ? [] : [spec.choices.join(', ')]),
    ...(spec.default === undefined ? [] : [`default ${spec.default}`]),
  ];
  return facts.length === 0 ? spec.summary : `${spec.summary} (${facts.join('; ')})`;
}

function section(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([left]) => left.length));
  const lines = rows.map(([left, right]) => (right === '' ? `  ${left}` : `  ${left.padEnd(width)}  ${right}`));
  return [`${title}:`, ...lines].join('\n');
}

function page(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}
