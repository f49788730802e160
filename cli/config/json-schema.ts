import * as z from 'zod';
import { ProjectSchema } from './project-schema.ts';

/** The text of hibana.schema.json: what editors check a hibana.yaml with. Made from the schema that reads it. */
export function projectJsonSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(ProjectSchema, { io: 'input' });
  const title = { title: 'hibana.yaml', description: 'An Apache Spark application and how hibana runs it' };
  return `${JSON.stringify({ $schema, ...title, ...schema }, null, 2)}\n`;
}
