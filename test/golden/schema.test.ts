import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectJsonSchema } from '../../cli/config/json-schema.ts';

test('hibana.schema.json is what the schema of hibana.yaml says', async () => {
  const file = join(import.meta.dirname, '..', '..', 'hibana.schema.json');
  await expect(projectJsonSchema()).toMatchFileSnapshot(file);
});
