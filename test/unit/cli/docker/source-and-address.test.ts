import { describe, expect, it } from 'vitest';
import { addressFrom, readBind } from '../../../../cli/docker/bind.ts';
import { imageAppName, isImageSource, platformFor } from '../../../../cli/docker/image-source.ts';

const HEX = 'a'.repeat(64);

describe('isImageSource()', () => {
  it.each([
    [`registry.example/team/app@sha256:${HEX}`, true, 'app'],
    [`registry.example/team/app:v1@sha256:${HEX}`, true, 'app'],
    [`sha256:${HEX}`, true, 'app'],
    ['registry.example/team/app:v1', false, 'app'],
    ['https://host/team/etl.git', false, 'etl'],
  ])('of %s is %s', (text, isImage, name) => {
    expect([isImageSource(text), imageAppName(text)]).toEqual([isImage, name]);
  });
});

describe('platformFor()', () => {
  it.each([
    ['pi', undefined, 'local'],
    ['pi', 'docker', 'docker'],
    [`sha256:${HEX}`, undefined, 'docker'],
    [`sha256:${HEX}`, 'docker', 'docker'],
  ] as const)('of %s and %s is %s', (source, asked, wanted) => expect(platformFor(source, asked, 'run')).toBe(wanted));

  it('refuses an image on this machine', () => {
    expect(() => platformFor(`sha256:${HEX}`, 'local', 'run')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('readBind()', () => {
  it.each([
    [undefined, '127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0', '127.0.0.1'],
    ['::', '::', '::1'],
    ['192.0.2.7', '192.0.2.7', '192.0.2.7'],
  ])('of %s is %s, which this machine reaches at %s', (text, bind, reached) => {
    expect([readBind(text), addressFrom(bind)]).toEqual([bind, reached]);
  });

  it.each(['localhost', '127.0.0.1:80', '', '256.0.0.1'])('refuses "%s"', (text) => {
    expect(() => readBind(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
