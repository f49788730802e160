import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { renderObjects } from '../../templates/render.ts';
import type { TemplateName } from '../../templates/values.ts';
import { kubectl } from '../helpers/kubectl.ts';
import { hasKubernetes, kubernetesSuite } from '../helpers/kubernetes.ts';
import { describeWith } from '../helpers/requires.ts';
import { TEMPLATE_CASES } from '../helpers/template-cases.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CASES = Object.entries(TEMPLATE_CASES).flatMap(([template, cases]) =>
  Object.entries<object>(cases).map(([name, values]) => ({ template: template as TemplateName, name, values })),
);

describeWith('kubernetes', hasKubernetes())('what templates are rendered to', () => {
  const suite = kubernetesSuite({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hibana-templates-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(CASES)('is taken by an API server that is strict: $template, $name', async ({ template, name, values }) => {
    const namespace = suite.namespace.name;
    const objects = await renderObjects(ROOT, template, { ...values, namespace } as never);
    const items = objects.map((object) => ({
      ...object,
      metadata: { name: 'named-by-the-launcher', ...object.metadata, namespace },
    }));
    const file = join(folder, `${template}-${name}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const end = await kubectl(suite.cluster.kubeconfig, 'create', '--dry-run=server', '--validate=strict', '-f', file);
    expect(end.match(/created \(server dry run\)/g)).toHaveLength(objects.length);
  });
});
