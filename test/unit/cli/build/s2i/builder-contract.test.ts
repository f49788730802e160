import { describe, expect, it } from 'vitest';
import { readBuilderContract } from '../../../../../cli/build/s2i/builder-contract.ts';

describe('readBuilderContract()', () => {
  it('reads the labels of today before those of earlier versions before the variables', () => {
    const today = { 'io.openshift.s2i.scripts-url': 'image:///a', 'io.openshift.s2i.destination': '/d' };
    const earlier = { 'io.s2i.scripts-url': 'image:///b', 'io.s2i.destination': '/e' };
    const Env = ['STI_SCRIPTS_URL=image:///c', 'STI_LOCATION=/f'];
    expect(readBuilderContract({ Labels: { ...today, ...earlier }, Env })).toMatchObject({
      scriptsUrl: 'image:///a',
      destination: '/d',
    });
    expect(readBuilderContract({ Labels: earlier, Env })).toMatchObject({
      scriptsUrl: 'image:///b',
      destination: '/e',
    });
    expect(readBuilderContract({ Env })).toMatchObject({ scriptsUrl: 'image:///c', destination: '/f' });
  });

  it('unpacks into /tmp as the user of the image where the builder says nothing', () => {
    expect(readBuilderContract({})).toEqual({ scriptsUrl: null, destination: '/tmp', assembleUser: null });
    expect(readBuilderContract({ Labels: { 'io.openshift.s2i.assemble-user': '431' } }).assembleUser).toBe('431');
  });
});
