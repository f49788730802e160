import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { renderObjects } from '../../templates/render.ts';
import type { TemplateName } from '../../templates/values.ts';
import { TEMPLATE_CASES } from '../helpers/template-cases.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CASES = Object.entries(TEMPLATE_CASES).flatMap(([template, cases]) =>
  Object.keys(cases).map((name) => ({ template: template as TemplateName, name })),
);

/** What comes of each template, as objects: the text between is nobody's business. */
test.each(CASES)('$template of $name', async ({ template, name }) => {
  const values = (TEMPLATE_CASES[template] as Readonly<Record<string, never>>)[name];
  const objects = await renderObjects(ROOT, template, values as never);
  const text = objects.map((object) => stringify(object)).join('---\n');
  await expect(text).toMatchFileSnapshot(join(import.meta.dirname, 'templates', `${template}-${name}.yaml`));
});
