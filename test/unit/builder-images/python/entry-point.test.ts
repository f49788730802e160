import { describe, expect, test } from 'vitest';
import { findEntry } from '../../../../builder-images/python/entry-point.ts';
import { treeOf } from '../tree-of.ts';

const SPARK = 'spark = SparkSession.builder.getOrCreate()';

describe('findEntry()', () => {
  test.each([
    ['the only one at the top', { 'etl.py': '', 'lib/a.py': SPARK }, 'etl.py'],
    ['app.py among others', { 'app.py': '', 'other.py': SPARK }, 'app.py'],
    ['main.py among others', { 'main.py': '', 'other.py': '' }, 'main.py'],
    ['of app.py and main.py the one with a session', { 'app.py': '', 'main.py': SPARK }, 'main.py'],
    ['the only one with a session', { 'a.py': '', 'b.py': SPARK, 'c/d.py': '' }, 'b.py'],
    ['one beside tests', { 'a.py': SPARK, 'test_a.py': SPARK, 'conftest.py': SPARK, 'tests/b.py': SPARK }, 'a.py'],
    ['one beside a build', { 'setup.py': SPARK, 'src/e.py': SPARK, 'build/lib/e.py': SPARK }, 'src/e.py'],
  ])('finds %s', (_what, texts, entry) => {
    expect(findEntry(treeOf(texts), null)).toBe(entry);
  });

  test.each([
    ['./jobs//etl.py', 'jobs/etl.py'],
    ['tests/test_etl.py', 'tests/test_etl.py'],
    ['lib/app.jar', 'lib/app.jar'],
  ])('takes %s when it is asked for', (asked, entry) => {
    const tree = treeOf({ 'jobs/etl.py': '', 'tests/test_etl.py': '', 'lib/app.jar': '' });
    expect(findEntry(tree, asked)).toBe(entry);
  });

  test.each([
    [{ 'a.py': SPARK, 'b.py': SPARK }, null, 'ENTRY_AMBIGUOUS', /a\.py, b\.py each make a SparkSession/],
    [{ 'app.py': SPARK, 'main.py': SPARK, 'c.py': SPARK }, null, 'ENTRY_AMBIGUOUS', /: app\.py, main\.py each/],
    [{ 'a.py': '', 'b.py': '' }, null, 'ENTRY_NOT_FOUND', /none of a\.py, b\.py makes/],
    [{ 'setup.py': '' }, null, 'ENTRY_NOT_FOUND', /only files that are not run: setup\.py/],
    [{ 'requirements.txt': '' }, null, 'ENTRY_NOT_FOUND', /no Python file/],
    [{ 'lib/a.jar': '' }, null, 'ENTRY_NOT_FOUND', /only jars: lib\/a\.jar/],
    [{ 'src/etl.py': '' }, 'etl.py', 'ENTRY_NOT_FOUND', /no such file; it has src\/etl\.py/],
    [{ 'a.py': '' }, 'etl.py', 'ENTRY_NOT_FOUND', /it has a\.py/],
    [{ 'a.R': '' }, 'a.R', 'ENTRY_NOT_FOUND', /neither a Python file nor a jar/],
  ])('refuses %j, asked for %j', (texts, asked, code, message) => {
    expect(() => findEntry(treeOf(texts), asked)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test.each([
    [{ 'jobs/load/app.py': SPARK, 'jobs/report/app.py': SPARK }, /--app-file.*--context-dir jobs\/load/],
    [{ 'jobs/one.py': SPARK, 'jobs/two.py': SPARK }, /^(?!.*--context-dir).*--app-file/],
    [{ 'app.py': SPARK, 'main.py': SPARK, 'jobs/c.py': SPARK }, /^(?!.*--context-dir).*--app-file/],
  ])('names --context-dir for %j where the folders are what tells them apart', (texts, hint) => {
    expect(() => findEntry(treeOf(texts), null)).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(hint) }),
    );
  });
});
