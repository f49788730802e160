import { describe, expect, it } from 'vitest';
import { parseEnvironmentFile } from '../../../../../cli/build/s2i/environment-file.ts';
import { parseImageMetadata } from '../../../../../cli/build/s2i/image-metadata.ts';

describe('parseEnvironmentFile()', () => {
  it('reads names and values, without comments and empty lines, the last of a name', () => {
    const text = '# of the build\nA=1\r\n\n  B = two words=2 \nA=3\nEMPTY=\n';
    expect(parseEnvironmentFile(text, '.s2i/environment')).toEqual({ A: '3', B: ' two words=2', EMPTY: '' });
  });

  it.each(['=1', 'A', '1A=2', 'A B=1', 'export A=1'])('refuses the line "%s", naming it', (line) => {
    const parse = () => parseEnvironmentFile(`OK=1\n${line}\n`, '.s2i/environment');
    expect(parse).toThrow(expect.objectContaining({ code: 'ENVIRONMENT_INVALID' }));
    expect(parse).toThrow('.s2i/environment, line 2');
  });
});

describe('parseImageMetadata()', () => {
  it('joins the labels', () => {
    expect(parseImageMetadata('{"labels":[{"a":"1"},{"b":"2","c":"3"}]}')).toEqual({ a: '1', b: '2', c: '3' });
    expect(parseImageMetadata('{}')).toEqual({});
  });

  it.each(['', '[]', '{"labels":{"a":"1"}}', '{"labels":[{"a":1}]}'])('refuses %j', (text) => {
    expect(() => parseImageMetadata(text)).toThrow(expect.objectContaining({ code: 'ASSEMBLE_FAILED' }));
  });
});
