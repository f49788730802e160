/** Writes hibana.schema.json from the schema that reads hibana.yaml. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectJsonSchema } from '../cli/config/json-schema.ts';

await writeFile(join(import.meta.dirname, '..', 'hibana.schema.json'), projectJsonSchema());
