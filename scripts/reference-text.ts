import { COMMON_OPTIONS } from '../cli/command-line/global-options.ts';
import type { OptionSpec, OptionTable } from '../cli/command-line/options.ts';
import { usageLine } from '../cli/command-line/usage.ts';
import type { Command, CommandDefinition } from '../cli/commands/command.ts';
import { COMMANDS } from '../cli/commands/index.ts';
import { CONTAINER_VARIABLES } from '../runtime/core/container-variables.ts';
import { ERROR_CATALOG } from '../runtime/core/error-catalog.ts';
import { ExitCode } from '../runtime/core/exit-codes.ts';
import { DEFAULT_SPARK_SERIES, SPARK_SERIES } from '../runtime/core/spark-versions.ts';

/** The reference as Markdown: whatever a script may rely on, from the definitions that the program itself runs by. */
export function referenceText(commands: readonly Command[] = COMMANDS): string {
  const parts = [
    '# Reference',
    'Made by `node scripts/reference.ts` from the program itself; a test compares them. Do not edit it here.',
    '## Commands',
    ...commands.flatMap(({ definition }) => commandParts(definition)),
    '## Options of every command',
    optionTable(COMMON_OPTIONS),
    '## Variables of a container',
    "An image runs with these; what is after the image's name, or after `--` there, are the application's arguments. Later ones win over earlier ones; an empty one says nothing. All others are the job's.",
    variableTable(),
    '## Versions of Spark',
    `Each is started by a test with the release named here; without \`--spark\` and without a requirement on pyspark it is ${DEFAULT_SPARK_SERIES}. Another release of a series runs on your word, with a notice; another series does not.`,
    sparkTable(),
    '## Exit statuses',
    "A command that waits for a job ends with the job's own status; `outcome.kind` in the JSON tells it from these.",
    exitTable(),
    '## Error codes',
    'Each error has a code, a message and a hint; `--output json` has them in `error`. Codes stay what they are. Two more are no errors of the catalog: `INTERRUPTED` for what was stopped by a signal, `INTERNAL` for a mistake in hibana itself.',
    errorTable(),
  ];
  return `${parts.join('\n\n')}\n`;
}

function commandParts(definition: CommandDefinition): readonly string[] {
  const { name, summary, examples, positionals, options, rest } = definition;
  const places = [
    ...Object.entries(positionals).map(([place, spec]) => [`\`<${place}>\``, spec.summary]),
    ...(rest === undefined ? [] : [['`-- …`', rest]]),
  ];
  return [
    `### hibana ${name}`,
    `${summary}.`,
    `    ${usageLine(definition)}`,
    ...(places.length === 0 ? [] : [table(['argument', 'what'], places)]),
    ...(Object.keys(options).length === 0 ? [] : [optionTable(options)]),
    ...(examples.length === 0
      ? []
      : [
          table(
            ['example', 'what'],
            examples.map(({ line, what }) => [`\`hibana ${line}\``, what]),
          ),
        ]),
  ];
}

function variableTable(): string {
  const rows = CONTAINER_VARIABLES.map(({ name, meaning }) => [`\`${name}\``, meaning]);
  return table(['variable', 'what'], rows);
}

function sparkTable(): string {
  const rows = SPARK_SERIES.map(({ series, release, java, pythonMinors, scala, minima }) => [
    `\`${series}\``,
    release,
    `3.${pythonMinors[0]} to 3.${pythonMinors[1]}`,
    `${java[0]} to ${java[1]}`,
    scala,
    Object.entries(minima)
      .map(([name, least]) => `${name} ${least}`)
      .join(', '),
  ]);
  return table(['series', 'release', 'Python', 'Java', 'Scala', 'at least'], rows);
}

function optionTable(options: OptionTable): string {
  const rows = Object.entries(options).map(([name, spec]) => [`\`${optionName(name, spec)}\``, optionSummary(spec)]);
  return table(['option', 'what'], rows);
}

function optionName(name: string, spec: OptionSpec): string {
  const short = spec.alias === undefined ? '' : `-${spec.alias}, `;
  return `${short}--${name}${spec.type === 'flag' ? '' : ` ${spec.value}`}`;
}

function optionSummary(spec: OptionSpec): string {
  const facts = [
    ...(spec.type === 'list' ? ['may be repeated'] : []),
    ...(spec.type === 'value' && spec.choices ? [`one of ${spec.choices.join(', ')}`] : []),
    ...(spec.type === 'value' && spec.default !== undefined ? [`default ${spec.default}`] : []),
  ];
  return facts.length === 0 ? spec.summary : `${spec.summary} (${facts.join('; ')})`;
}

const EXIT_MEANINGS: Readonly<Record<keyof typeof ExitCode, string>> = {
  ok: 'done, or nothing to do',
  internal: 'a mistake of ours',
  usage: 'usage, or a wrong configuration',
  source: 'the source cannot be fetched or read',
  build: 'planning or building failed',
  push: 'the image cannot be pushed',
  platform: 'the platform or the cluster failed',
  jobFailed: 'the job failed without a status of its own',
  notFound: 'what was named is not there',
  checkFailed: 'a check failed',
  tryAgain: 'try again: somebody else was at it',
  timeout: 'a time limit was over',
  interrupted: 'ended by SIGINT',
  terminated: 'ended by SIGTERM',
};

function exitTable(): string {
  const names = Object.entries(EXIT_MEANINGS) as readonly (readonly [keyof typeof ExitCode, string])[];
  return table(
    ['status', 'meaning'],
    names.map(([name, meaning]) => [String(ExitCode[name]), meaning]),
  );
}

function errorTable(): string {
  const rows = Object.entries(ERROR_CATALOG).map(([code, { exit, hint }]) => [`\`${code}\``, String(exit), hint]);
  return table(['code', 'status', 'hint'], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
