import { describe, expect, it } from 'vitest';
import { type DockerFacts, dockerCheck } from '../../../../cli/doctor/docker-check.ts';
import { ToolError } from '../../../../runtime/core/errors.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const usual: DockerFacts = {
  ...{ host: 'unix:///run/docker.sock', isHere: true, release: '28.2.2', isNewEnough: true, isRootless: false },
  limits: { memory: true, processors: true },
};
const here = '28.2.2 at unix:///run/docker.sock';

describe('dockerCheck()', () => {
  it.each<[string, Partial<DockerFacts>, string, string]>([
    ['a daemon of this machine', {}, 'ok', `${here}: builds, runs and clusters work`],
    [
      'one without root',
      { isRootless: true },
      'ok',
      `${here}, rootless: builds and runs work; shared clusters do not, their masters are out of reach of this machine`,
    ],
    [
      'one elsewhere',
      { isHere: false, host: 'ssh://me@host' },
      'ok',
      '28.2.2 at ssh://me@host, of another machine: builds work; runs and clusters need a daemon of this one, by its socket',
    ],
    ['an old one', { isNewEnough: false }, 'warning', `${here}, too old`],
    [
      'one without limits',
      { isRootless: true, limits: { memory: false, processors: false } },
      'warning',
      `${here}, rootless: it cannot limit the memory and processors of containers`,
    ],
  ])('says what works with %s', async (_what, facts, state, detail) => {
    const finding = await dockerCheck({ isNamed: false, facts: async () => ({ ...usual, ...facts }) }).run(testCtx());
    expect(finding).toMatchObject({ state, detail });
    expect(finding.remedy === null).toBe(state === 'ok');
  });

  it.each([
    ['no daemon at all', false, 'ENOENT', 'ok'],
    ['a named one that is not there', true, 'ENOENT', 'warning'],
    ['one whose socket is not for this user', false, 'EACCES', 'warning'],
    ['one that has ended', false, 'ECONNREFUSED', 'warning'],
  ])('takes %s for no failure', async (_what, isNamed, errno, state) => {
    const error = new ToolError('DOCKER_UNREACHABLE', 'Cannot reach it', { details: { errno } });
    const check = dockerCheck({ isNamed, facts: () => Promise.reject(error) });
    expect((await check.run(testCtx())).state).toBe(state);
  });
});
