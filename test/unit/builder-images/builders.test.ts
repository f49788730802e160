import { expect, test } from 'vitest';
import { planTree } from '../../../builder-images/builders.ts';
import { planOptions, treeOf } from './tree-of.ts';

test.each([
  [{}, /the source has no files/],
  [{ 'README.md': '', 'src/main.rs': '' }, /the source has README\.md, src\/ at its top/],
])('planTree() refuses %j and says what there is', (texts, message) => {
  expect(() => planTree(treeOf(texts), planOptions())).toThrow(
    expect.objectContaining({ code: 'ENTRY_NOT_FOUND', message: expect.stringMatching(message) }),
  );
});

test('planTree() plans 1,000 files in seconds even on a busy machine when all of them must be read', () => {
  const source = `"""${'Words. '.repeat(50)}"""\nfrom pyspark.sql import SparkSession  # SparkSession.builder\n`;
  const modules = Array.from({ length: 1_000 }, (_, index) => [`jobs/m${index}.py`, source.repeat(5)]);
  const tree = treeOf({ ...Object.fromEntries(modules), 'jobs/z.py': 'spark = SparkSession.builder.getOrCreate()' });
  const startedAt = performance.now();
  expect(planTree(tree, planOptions()).app.entry).toBe('jobs/z.py');
  expect(performance.now() - startedAt).toBeLessThan(5_000);
});
