import { describe, expect, it } from 'vitest';
import { parseLayoutRef } from '../../../../../cli/image/layout/layout-ref.ts';

describe('parseLayoutRef()', () => {
  it.each([
    ['oci:out', { folder: 'out', tag: null }],
    ['oci:out/', { folder: 'out/', tag: null }],
    ['oci:/a/b:v1', { folder: '/a/b', tag: 'v1' }],
    ['oci:a:b/c', { folder: 'a:b/c', tag: null }],
    ['oci:a:b/c:v1', { folder: 'a:b/c', tag: 'v1' }],
    ['python:3.12', undefined],
    ['', undefined],
  ])('reads %s', (text, ref) => {
    expect(parseLayoutRef(text)).toEqual(ref);
  });

  it.each(['oci:', 'oci::v1', 'oci:out:', 'oci:out:-v', 'oci:out:a b'])('refuses %j', (text) => {
    expect(() => parseLayoutRef(text)).toThrowError(expect.objectContaining({ code: 'IMAGE_NAME_INVALID' }));
  });
});
