import { describe, expect, it } from 'vitest';
import { checkPackages } from '../../../../cli/jars/check-packages.ts';
import { parseCoordinates, parseExclusion } from '../../../../cli/jars/coordinates.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';

const check = (text: string, spark: string) => () => checkPackages([parseCoordinates(text)], spark);

function thrownBy(work: () => unknown): ToolError {
  try {
    work();
  } catch (error) {
    if (error instanceof ToolError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('checkPackages()', () => {
  it.each([
    ['org.postgresql:postgresql:42.7.7', '4.2.1'],
    ['org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0', '4.2.1'],
    ['org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.0', '3.5.9'],
    ['io.delta:delta-spark_4.2_2.13:4.4.0', '4.2.1'],
    ['io.delta:delta-spark_2.12:3.3.2', '3.5.9'],
    ['io.delta:delta-spark_2.13:4.0.0', '4.0.5'],
    ['org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0', '4.1.4'],
    ['org.apache.hudi:hudi-spark3-bundle_2.12:0.15.0', '3.5.9'],
    ['graphframes:graphframes:0.8.4-spark3.5-s_2.12', '3.5.9'],
    ['org.mongodb.spark:mongo-spark-connector_2.13:10.5.0', '4.2.1'],
    ['com.typesafe:config:1.4.3', '4.2.1'],
  ])('lets %s pass on Spark %s', (text, spark) => {
    expect(check(text, spark)).not.toThrow();
  });

  it.each([
    [
      'org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.0',
      '4.2.1',
      'built for Spark 3.5 and Scala 2.12',
      'Use org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.1',
    ],
    [
      'org.apache.spark:spark-avro_2.13:4.0.0',
      '4.2.1',
      'built for Spark 4.0',
      'Use org.apache.spark:spark-avro_2.13:4.2.1',
    ],
    [
      'com.databricks:spark-avro_2.11:4.0.0',
      '4.2.1',
      'built for Scala 2.11',
      'Use org.apache.spark:spark-avro_2.13:4.2.1',
    ],
    [
      'com.databricks:spark-xml_2.12:0.17.0',
      '4.2.1',
      'built for Scala 2.12',
      'Leave the package out: Spark 4.2 reads xml by itself',
    ],
    ['io.delta:delta-spark_2.12:3.2.0', '4.2.1', 'built for Spark 3.5', 'Use io.delta:delta-spark_4.2_2.13:4.4.0'],
    ['io.delta:delta-core_2.12:2.4.0', '3.5.9', 'built for Spark 3.4', 'Use io.delta:delta-spark_2.12:3.3.2'],
    ['io.delta:delta-core_2.12:2.4.0', '4.0.5', 'built for Spark 3.4', 'Use io.delta:delta-spark_4.0_2.13:4.4.0'],
    [
      'io.delta:delta-spark_2.12:3.2.0',
      '4.3.0',
      'built for Spark 3.5',
      'There is none for Spark 4.3 yet: add --spark 4.2 and use io.delta:delta-spark_4.2_2.13:4.4.0',
    ],
    [
      'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.6.1',
      '4.2.1',
      'built for Spark 3.5 and Scala 2.12',
      'There is none for Spark 4.2 yet: add --spark 4.1 and use org.apache.iceberg:iceberg-spark-runtime-4.1_2.13:1.12.0',
    ],
    [
      'graphframes:graphframes:0.8.2-spark3.2-s_2.12',
      '4.2.1',
      'built for Spark 3.2 and Scala 2.12',
      'Use io.graphframes:graphframes-spark4_2.13',
    ],
    [
      'org.elasticsearch:elasticsearch-spark-20_2.11:7.17.0',
      '4.2.1',
      'built for Spark 2 and Scala 2.11',
      /spark-30_2\.13/,
    ],
    [
      'com.johnsnowlabs.nlp:spark-nlp_2.12:5.4.0',
      '4.2.1',
      'built for Scala 2.12',
      /such as com\.johnsnowlabs\.nlp:spark-nlp_2\.13/,
    ],
    [
      'org.apache.sedona:sedona-spark-3.5_2.12:1.7.0',
      '4.1.4',
      'built for Spark 3.5 and Scala 2.12',
      /sedona-spark-4\.1_2\.13/,
    ],
  ])('judges %s on Spark %s', (text, spark, built, hint) => {
    const { code, message, hint: said } = thrownBy(check(text, spark));
    expect(code).toBe('JAR_UNSUPPORTED');
    expect(message).toContain(`Cannot use the package "${text}" on Spark ${spark}`);
    expect(message).toContain(built);
    if (typeof hint === 'string') expect(said).toBe(hint);
    else expect(said).toMatch(hint);
  });
});

describe('parseCoordinates()', () => {
  it('takes a slash for the first colon, as spark-submit does', () => {
    expect(parseCoordinates('org.a/b:1')).toEqual({ group: 'org.a', artifact: 'b', version: '1' });
  });

  it.each(['a', 'a:b', 'a:b:c:d', 'a::c', 'a:b:"c"', 'a:../b:1'])('says USAGE and the text for %j', (text) => {
    expect(thrownBy(() => parseCoordinates(text))).toMatchObject({ code: 'USAGE', details: { package: text } });
  });
});

describe('parseExclusion()', () => {
  it('takes a group and an artifact, either as *', () => {
    expect(parseExclusion('org.a:*')).toEqual({ group: 'org.a', artifact: '*' });
    expect(thrownBy(() => parseExclusion('org.a')).code).toBe('USAGE');
  });
});
