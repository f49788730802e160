import { expect, it } from 'vitest';
import { historyText } from '../../../../cli/deploy/history-text.ts';
import { revisionFor } from '../../../helpers/deployment-records.ts';

const revisions = [3, 2].map((revision) => revisionFor({ revision, status: 'rolling-out' }));

it.each([
  { isBeingChanged: true, shown: ['3 rolling-out', '2 cut off', '1* live'] },
  { isBeingChanged: false, shown: ['3 cut off', '2 cut off', '1* live'] },
])('historyText() says which roll-outs were cut off while somebody is at it: $isBeingChanged', async (row) => {
  const [, ...lines] = (await historyText([...revisions, revisionFor()], 1, row)).split('\n');
  expect(lines.map((line) => line.split(/ {2,}/).slice(0, 2).join(' '))).toEqual(row.shown);
});
