import { expect, it } from 'vitest';
import { notifyFor } from '../../../../cli/config/notify.ts';

it('notifyFor() finds the file of the secret, and means all ends where none is named', () => {
  const url = 'https://example.org/hook';
  expect(notifyFor({ url, secret: 'HOOK' }, { HOOK: '/files/hook' })).toEqual({
    url,
    secretFile: '/files/hook',
    on: ['succeeded', 'failed'],
  });
  expect(notifyFor({ url, on: ['failed'] }, {})).toEqual({ url, secretFile: null, on: ['failed'] });
});

it.each([{ url: 'ftp://example.org' }, { url: 'example.org' }, { url: 'https://example.org', secret: 'GONE' }])(
  'notifyFor() refuses %j',
  (wanted) => {
    expect(() => notifyFor(wanted, {})).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  },
);
