import { describe, expect, it } from 'vitest';
import { formatProperties, parseProperties } from '../../../../runtime/core/properties.ts';

describe('parseProperties()', () => {
  it.each([
    ['spark.a b', { 'spark.a': 'b' }],
    ['spark.a=b', { 'spark.a': 'b' }],
    ['spark.a : b', { 'spark.a': 'b' }],
    ['  spark.a\tb c  ', { 'spark.a': 'b c' }],
    ['# comment\n! other\n\nspark.a b', { 'spark.a': 'b' }],
    ['spark.a b,\\\n    c', { 'spark.a': 'b,c' }],
    ['spark.a b\nspark.a c', { 'spark.a': 'c' }],
    ['spark.a -Dx=y', { 'spark.a': '-Dx=y' }],
    ['spark.a', { 'spark.a': '' }],
    ['spark.a b\r\nspark.c d', { 'spark.a': 'b', 'spark.c': 'd' }],
    ['spark.path C\\:\\\\x', { 'spark.path': 'C:\\x' }],
    ['spark.a \\u00e9', { 'spark.a': 'é' }],
  ])('reads %j', (text, expected) => {
    expect(parseProperties(text)).toEqual(expected);
  });
});

describe('formatProperties()', () => {
  it.each([
    { 'spark.a': 'b c' },
    { 'spark.a': ' leading' },
    { 'spark.a': 'back\\slash and "quotes" = : # !' },
    { 'spark.a': 'lines\nand\ttabs' },
    { 'spark.a': 'žluťoučký' },
    { 'a b=c': 'd' },
    { 'spark.empty': '' },
  ])('writes what is read as the same: %j', (properties) => {
    expect(parseProperties(formatProperties(properties))).toEqual(properties);
  });
});
