import { describe, expect, it } from 'vitest';
import { foldersFrom } from '../../../../runtime/core/folders.ts';

const usual = {
  cache: '/home/me/.cache/hibana',
  state: '/home/me/.local/state/hibana',
  config: '/home/me/.config/hibana',
};

describe('foldersFrom()', () => {
  it.each([
    ['nothing', {}, usual],
    ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/c' }, { ...usual, cache: '/c/hibana' }],
    ['XDG_STATE_HOME', { XDG_STATE_HOME: '/s' }, { ...usual, state: '/s/hibana' }],
    ['XDG_CONFIG_HOME', { XDG_CONFIG_HOME: '/o' }, { ...usual, config: '/o/hibana' }],
    ['a relative XDG value', { XDG_CACHE_HOME: 'c', XDG_STATE_HOME: './s' }, usual],
    ['an empty value', { XDG_CACHE_HOME: '', HIBANA_HOME: '' }, usual],
    ['a relative HIBANA_HOME', { HIBANA_HOME: 'h' }, usual],
    [
      'HIBANA_HOME over XDG',
      { HIBANA_HOME: '/h', XDG_CACHE_HOME: '/c' },
      { cache: '/h/cache', state: '/h/state', config: '/h/config' },
    ],
  ])('obeys %s', (_what, env, folders) => {
    expect(foldersFrom(env, '/home/me')).toEqual(folders);
  });
});
