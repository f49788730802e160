import { describe, expect, test } from 'vitest';
import { parseRequirement, type SparkRequirement } from '../../../../builder-images/python/requirement.ts';
import { chooseSpark } from '../../../../builder-images/python/spark-choice.ts';

describe('chooseSpark()', () => {
  test.each([
    [[], '4.2.1'],
    [['pyspark'], '4.2.1'],
    [['pyspark==4.2.0'], '4.2.0'],
    [['pyspark===4.2.0'], '4.2.0'],
    [['pyspark==4.2'], '4.2.0'],
    [['pyspark==4.2.*'], '4.2.1'],
    [['pyspark==3.5.1'], '3.5.1'],
    [['pyspark>=3.0'], '4.2.1'],
    [['pyspark>=4.3'], '4.3.0'],
    [['pyspark~=4.0.0'], '4.0.5'],
    [['pyspark~=4.0'], '4.2.1'],
    [['pyspark>=3.3,<4'], '3.5.9'],
    [['pyspark<4.2.1'], '4.1.4'],
    [['pyspark!=4.2.1'], '4.3.0'],
    [['pyspark (>=4.1,<4.2)'], '4.1.4'],
    [['pyspark>=3.5', 'pyspark<4.1'], '4.0.5'],
    [['pyspark==3.5.1; python_version<"3.12"', 'pyspark==4.1.0; python_version>="3.12"'], '4.1.0'],
    [['pyspark @ https://example.com/pyspark-4.1.2.tar.gz'], '4.1.2'],
  ])('takes of %j %s', (texts, release) => {
    expect(chooseSpark(null, asked(texts)).release).toBe(release);
  });

  test.each([
    ['4.1', [], '4.1.4', 0],
    ['4.1.2', [], '4.1.2', 1],
    ['4.1', ['pyspark>=4'], '4.1.4', 0],
    ['4.3', ['pyspark==4.1.2'], '4.3.0', 1],
    ['4.2', ['pyspark<3'], '4.2.1', 1],
  ])('takes %s before %j, with a notice when they disagree or nobody has tried it', (flag, texts, release, notices) => {
    const choice = chooseSpark(flag, asked(texts));
    expect([choice.release, choice.notices.length]).toEqual([release, notices]);
  });

  test.each([
    [null, [], '4.0.5', '4.0.5'],
    [null, ['pyspark>=4'], '4.1.2', '4.1.2'],
    [null, ['pyspark~=4.0'], '4.0.5', '4.0.5'],
    ['4.2', [], '4.2.0', '4.2.0'],
    // What somebody says goes before what a builder has; that they differ is told later, by name.
    [null, ['pyspark==4.1.4'], '4.2.1', '4.1.4'],
    [null, ['pyspark>=4.3'], '4.2.1', '4.3.0'],
    ['4.2.1', [], '4.2.0', '4.2.1'],
    ['4.1', [], '4.2.1', '4.1.4'],
    ['4.2', ['pyspark==4.0.1'], '4.2.0', '4.2.1'],
  ])('of a builder, asked for %j with %j, with Spark %s takes %s', (flag, texts, offered, release) => {
    expect(chooseSpark(flag, asked(texts), offered).release).toBe(release);
  });

  test.each([
    ['4.1.2', [], 'Spark 4.1.2 is used on your word: hibana is tried with 4.1.4'],
    [null, ['pyspark==4.1.2'], 'Spark 4.1.2 is used on the word of requirements.txt:1: hibana is tried with 4.1.4'],
    ['4.1', [], undefined],
    ['4.1.4', [], undefined],
  ])('says of %j with %j whether anybody has tried it', (flag, texts, notice) => {
    expect(chooseSpark(flag, asked(texts)).notices[0]).toBe(notice);
  });

  test.each([
    [null, ['pyspark<3']],
    [null, ['pyspark==2.4.8']],
    [null, ['pyspark>=5']],
    [null, ['pyspark>=4.2.0,<4.2.1']],
    ['2.4', []],
    ['4', []],
    ['latest', []],
    ['4.2.x', []],
  ])('refuses %j with %j and lists what there is', (flag, texts) => {
    expect(() => chooseSpark(flag, asked(texts))).toThrow(
      expect.objectContaining({ code: 'SPARK_UNSUPPORTED', message: expect.stringContaining('4.1.4, 4.2.1, 4.3.0') }),
    );
  });
});

function asked(texts: readonly string[]): readonly SparkRequirement[] {
  const place = { file: 'requirements.txt', line: 1 };
  return texts.map((text) => ({ from: 'requirements.txt:1', requirement: parseRequirement(text, place) }));
}
