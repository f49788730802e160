import { expect, it } from 'vitest';
import { completionsFor } from '../../../../cli/command-line/complete.ts';
import { exampleCommands } from '../../../helpers/example-commands.ts';

const input = {
  commands: exampleCommands().commands,
  groups: { cluster: 'Clusters' },
  templates: async () => ['pi', 'pi-flask', 'wordcount'],
  clusters: async () => ['team'],
  deployments: async () => ['etl'],
};

it.each([
  [[''], ['run', 'cluster']],
  [['ru'], ['run']],
  [['cluster', ''], ['list']],
  [
    ['run', ''],
    ['pi', 'pi-flask', 'wordcount'],
  ],
  [
    ['run', '--workers', '4', 'pi'],
    ['pi', 'pi-flask'],
  ],
  [['run', '-w', ''], []],
  [['run', 'pi', ''], []],
  [['run', '--wo'], ['--workers']],
  [['-q', 'run', 'w'], ['wordcount']],
  [
    ['run', '--output', ''],
    ['text', 'json', 'ndjson'],
  ],
  [['run', '-o', 'n'], ['ndjson']],
  [['--output', '=', 'j'], ['json']],
  [
    ['--output', '='],
    ['text', 'json', 'ndjson'],
  ],
  [
    ['--output=', ''],
    ['run', 'cluster'],
  ],
  [['run', '--output=n'], ['--output=ndjson']],
  [['run', 'pi', '--', ''], []],
  [['unknown', ''], []],
  [['run', './my'], []],
])('completionsFor(%j)', async (words, texts) => {
  expect((await completionsFor(words, input)).map(({ text }) => text)).toEqual(texts);
});
