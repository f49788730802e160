import { describe, expect, test } from 'vitest';
import { hardCodedMasters, makesSpark } from '../../../../builder-images/python/python-text.ts';

describe('makesSpark()', () => {
  test.each([
    'spark = SparkSession.builder.getOrCreate()',
    'spark = (SparkSession\n    .builder\n    .getOrCreate())',
    'spark = SparkSession \\\n    .builder.getOrCreate()',
    'sc = SparkContext(conf=conf)',
    'sc = pyspark.SparkContext.getOrCreate()',
    `x = "it's"; sc = SparkContext()`,
    `x = 'a\\'b'; sc = SparkContext()`,
    `x = 'never closed\nsc = SparkContext()`,
  ])('knows %j', (source) => {
    expect(makesSpark(source)).toBe(true);
  });

  test.each([
    '',
    'from pyspark.sql import SparkSession',
    'def read(spark: SparkSession): ...',
    '# SparkSession.builder.getOrCreate()',
    '"""\nSparkSession.builder\n"""',
    "x = 'SparkContext()'",
    'x = "\\"SparkContext()"',
    'class MySparkSession(Base): ...',
    'spark = SparkSession.getActiveSession()',
    '"""never closed SparkContext()',
  ])('does not take %j for it', (source) => {
    expect(makesSpark(source)).toBe(false);
  });

  test.each(['"', "'", '"""', '\\"', '#', '"\\', 'SparkSession ', 'SparkSession.', '\\\n'])(
    'reads a mebibyte of %j in linear time: seconds even on a busy machine',
    (piece) => {
      const source = `SparkSession${piece.repeat(2 ** 20 / piece.length)}`;
      const startedAt = performance.now();
      makesSpark(source);
      hardCodedMasters(source);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    },
  );
});

test.each([
  ['SparkSession.builder.master("local[*]")', ['local[*]']],
  [".setMaster( 'spark://host:7077' )", ['spark://host:7077']],
  ['.config("spark.master", "yarn").config("a", "b")', ['yarn']],
  ['# .master("local")', []],
  ['.master(os.environ["MASTER"])', []],
])('hardCodedMasters() of %j are %j', (source, masters) => {
  expect(hardCodedMasters(source)).toEqual(masters);
});
