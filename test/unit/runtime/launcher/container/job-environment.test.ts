import { describe, expect, it } from 'vitest';
import { jobEnvironment } from '../../../../../runtime/launcher/container/job-environment.ts';

const ours = { HOME: '/tmp/h', HIBANA_RUN: 'etl-1', PYTHONDONTWRITEBYTECODE: '1' };

describe('jobEnvironment()', () => {
  it('is the environment of the container without what is for the launcher, in the home that there is', () => {
    const env = { PATH: '/bin', HOME: '/', GREETING: 'hi', HIBANA_LAUNCH: '{}', HIBANA_RUN: 'other', GONE: undefined };
    const job = jobEnvironment(env, { home: '/tmp/h' }, { natives: null }, 'etl-1');
    expect(job).toEqual({ ...ours, PATH: '/bin', GREETING: 'hi' });
  });

  it.each([
    [undefined, '/n'],
    ['', '/n'],
    ['/mine', '/mine:/n'],
  ])('has unpacked libraries behind those of LD_LIBRARY_PATH=%j', (path, expected) => {
    const job = jobEnvironment({ LD_LIBRARY_PATH: path }, { home: '/tmp/h' }, { natives: '/n' }, 'etl-1');
    expect(job).toEqual({ ...ours, LD_LIBRARY_PATH: expected });
  });

  it('lets the container have its Python write what it compiles', () => {
    const env = { PYTHONDONTWRITEBYTECODE: '' };
    expect(jobEnvironment(env, { home: '/' }, { natives: null }, 'etl-1').PYTHONDONTWRITEBYTECODE).toBe('');
  });
});
