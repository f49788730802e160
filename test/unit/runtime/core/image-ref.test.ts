import { describe, expect, it } from 'vitest';
import { formatImageRef, type ImageRef, parseImageRef, referenceOf } from '../../../../runtime/core/image-ref.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

const rows: readonly (readonly [string, ImageRef])[] = [
  ['python', { registry: 'docker.io', repository: 'library/python', tag: null, digest: null }],
  ['python:3.12', { registry: 'docker.io', repository: 'library/python', tag: '3.12', digest: null }],
  ['docker.io/python', { registry: 'docker.io', repository: 'library/python', tag: null, digest: null }],
  ['index.docker.io/team/app', { registry: 'docker.io', repository: 'team/app', tag: null, digest: null }],
  ['team/app', { registry: 'docker.io', repository: 'team/app', tag: null, digest: null }],
  ['a/b/c/d:v1', { registry: 'docker.io', repository: 'a/b/c/d', tag: 'v1', digest: null }],
  ['localhost/app', { registry: 'localhost', repository: 'app', tag: null, digest: null }],
  ['localhost:5000/app:v1', { registry: 'localhost:5000', repository: 'app', tag: 'v1', digest: null }],
  ['host:5000/app', { registry: 'host:5000', repository: 'app', tag: null, digest: null }],
  ['127.0.0.1:5000/a/b', { registry: '127.0.0.1:5000', repository: 'a/b', tag: null, digest: null }],
  ['[::1]:5000/app:v1', { registry: '[::1]:5000', repository: 'app', tag: 'v1', digest: null }],
  ['Registry.Example/app', { registry: 'registry.example', repository: 'app', tag: null, digest: null }],
  [`registry.example/a@${digest}`, { registry: 'registry.example', repository: 'a', tag: null, digest }],
  [`registry.example/a:v1@${digest}`, { registry: 'registry.example', repository: 'a', tag: 'v1', digest }],
  [`a@${digest}`, { registry: 'docker.io', repository: 'library/a', tag: null, digest }],
  ['a__b/c-d/e---f.g_h', { registry: 'docker.io', repository: 'a__b/c-d/e---f.g_h', tag: null, digest: null }],
  ['a:_', { registry: 'docker.io', repository: 'library/a', tag: '_', digest: null }],
  ['a:V.1-x', { registry: 'docker.io', repository: 'library/a', tag: 'V.1-x', digest: null }],
  [`a:${'t'.repeat(128)}`, { registry: 'docker.io', repository: 'library/a', tag: 't'.repeat(128), digest: null }],
];

describe('parseImageRef()', () => {
  it.each(rows)('reads %s', (text, ref) => {
    expect(parseImageRef(text)).toEqual(ref);
  });

  it.each(rows)('reads what formatImageRef() prints of %s as the same', (_, ref) => {
    expect(parseImageRef(formatImageRef(ref))).toEqual(ref);
  });

  it.each([
    ['', /empty/],
    [' ', /character " "/],
    ['my app', /character " "/],
    ['app\n', /character "\\n"/],
    ['app:v1 ', /character " "/],
    ['ärger', /character "ä"/],
    ['a$b', /character "\$"/],
    ['https://registry.example/app', /URL/],
    ['App', /upper-case/],
    ['HOST/app', /upper-case/],
    ['registry.example/Team/app', /upper-case/],
    ['registry.example/', /no repository/],
    ['registry.example:5000/:v1', /no repository/],
    [':v1', /no repository/],
    [`@${digest}`, /no repository/],
    ['a//b', /""/],
    ['/app', /""/],
    ['app/', /""/],
    ['-a', /"-a"/],
    ['a/b_', /"b_"/],
    ['a/..', /".."/],
    ['a/../b', /".."/],
    ['a..b/c', /no host/],
    ['a/b..c', /"b..c"/],
    ['a___b', /"a___b"/],
    ['app:', /no tag/],
    ['app:-v', /no tag/],
    ['app:.v', /no tag/],
    ['app:a:b', /no tag/],
    [`app:${'t'.repeat(129)}`, /no tag/],
    ['app@', /64 hexadecimal/],
    ['app@sha256:abc', /64 hexadecimal/],
    [`app@${digest.toUpperCase()}`, /64 hexadecimal/],
    [`app@md5:${'0'.repeat(64)}`, /64 hexadecimal/],
    [`app@${digest}@${digest}`, /more than one/],
    ['host:0/app', /no host/],
    ['host:70000/app', /no host/],
    ['host:/app', /no host/],
    ['host:x/app', /no host/],
    ['-host.example/app', /no host/],
    ['a'.repeat(300), /300|308/],
  ])('refuses %j', (text, why) => {
    expect(() => parseImageRef(text)).toThrowError(
      expect.objectContaining({ code: 'IMAGE_NAME_INVALID', message: expect.stringMatching(why) }),
    );
  });

  it('says how to write what has upper-case letters', () => {
    expect(() => parseImageRef('registry.example/Team/App:V1')).toThrowError(
      expect.objectContaining({ hint: 'Write "team/app"' }),
    );
  });

  it('shows no password of a URL', () => {
    expect(() => parseImageRef('https://me:secret@registry.example/app')).toThrowError(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('referenceOf()', () => {
  it.each([
    ['app', 'latest'],
    ['app:v1', 'v1'],
    [`app:v1@${digest}`, digest],
  ])('asks for %s by %s', (text, reference) => {
    expect(referenceOf(parseImageRef(text))).toBe(reference);
  });
});
