import { describe, expect, it } from 'vitest';
import { readBuilderFacts } from '../../../../cli/build/builder-labels.ts';

const LABELS = {
  'dev.hibana.builder': 'python',
  'dev.hibana.python': '3.12',
  'dev.hibana.spark': '4.2.1',
  'dev.hibana.java': '25',
  'dev.hibana.libc': 'glibc-2.36',
  'dev.hibana.scala': '2.13',
};

describe('readBuilderFacts()', () => {
  it('reads what a builder says of itself', () => {
    expect(readBuilderFacts({ ...LABELS, other: 'x' }, 'b')).toEqual({
      builder: 'python',
      python: '3.12',
      spark: '4.2.1',
      java: 25,
      libc: { kind: 'glibc', version: [2, 36] },
      scala: '2.13',
    });
    expect(readBuilderFacts({ ...LABELS, 'dev.hibana.libc': 'musl-1.2' }, 'b').libc.kind).toBe('musl');
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['no builder', {}, /"reg\/b": it is no builder image/],
    ['a builder of somebody else', { 'io.openshift.s2i.scripts-url': 'image:///x' }, /builder image for s2i/],
    ['an application', { ...LABELS, 'dev.hibana.app': '{}' }, /it is the image of an application/],
    ['a missing label', { 'dev.hibana.builder': 'python' }, /dev\.hibana\.python is missing/],
    ['a Spark that is no release', { ...LABELS, 'dev.hibana.spark': '4.2' }, /dev\.hibana\.spark is "4\.2"/],
    ['another Python', { ...LABELS, 'dev.hibana.python': '2.7' }, /dev\.hibana\.python is "2\.7"/],
    ['an unknown libc', { ...LABELS, 'dev.hibana.libc': 'bionic-1' }, /dev\.hibana\.libc is "bionic-1"/],
  ])('refuses %s', (_name, labels, message) => {
    expect(() => readBuilderFacts(labels, 'reg/b')).toThrowError(
      expect.objectContaining({ code: 'BUILDER_UNSUPPORTED', message: expect.stringMatching(message) }),
    );
  });
});
