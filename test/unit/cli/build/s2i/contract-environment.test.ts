import { expect, it } from 'vitest';
import { imageVariables } from '../../../../../cli/build/s2i/contract-environment.ts';
import { splitShellWords } from '../../../../../runtime/core/shell-words.ts';
import { settingsOf } from '../../config/settings-of.ts';

it.each([
  [['--day', '2024-03-01', 'out/x=1'], '--day 2024-03-01 out/x=1'],
  [['two words', "it's", '', '$HOME'], undefined],
])('imageVariables() tells the arguments %j as a text that a shell splits into them', (args, text) => {
  const { APP_ARGS = '' } = imageVariables(settingsOf({ flags: { args } }));
  expect(splitShellWords(APP_ARGS, 'APP_ARGS')).toEqual(args);
  if (text !== undefined) expect(APP_ARGS).toBe(text);
});
