import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KubernetesObject } from '@kubernetes/client-node';
import handlebars from 'handlebars';
import { parseAllDocuments } from 'yaml';
import type { TemplateName, TemplateValues } from './values.ts';

/** Renders a template of `templates/kubernetes` to the objects that it describes. A value that is missing, and text that is no YAML, are mistakes of ours.
 *  `root`: the folder of this program. */
export async function renderObjects<N extends TemplateName>(
  root: string,
  name: N,
  values: TemplateValues[N],
): Promise<readonly KubernetesObject[]> {
  const text = await readFile(join(root, 'templates', 'kubernetes', `${name}.hbs`), 'utf8');
  const engine = handlebars.create();
  // JSON is YAML: no value can become anything but the value that it is.
  engine.registerHelper('json', (value: unknown) => JSON.stringify(value));
  const rendered = engine.compile(text, { strict: true, noEscape: true })(values);
  return parseAllDocuments(rendered).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`the template ${name}: ${error.message}`);
    return document.toJS() as KubernetesObject;
  });
}
