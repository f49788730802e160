import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { findTargets } from '../chaos/targets.ts';
import { makeHome, startCli } from '../helpers/cli.ts';
import { startGitServer } from '../helpers/git-server.ts';
import { leftovers } from '../helpers/leftovers.ts';

describe('hibana run, when its launcher is killed before it has the job', () => {
  it('says so, with status 6, and leaves nothing', async () => {
    await using home = await makeHome();
    await using server = await startGitServer();
    const { url } = await server.createRepository('stalled', { files: { 'app.py': '' } }, { stall: 'silent' });
    const cli = startCli(['run', url, '-o', 'json'], home);
    while (server.pending() === 0) await pause(50);
    const targets = await findTargets(home.path, cli.pid);
    for (const pid of targets.get('launcher') ?? []) process.kill(pid, 'SIGKILL');
    const end = await cli.ended;
    expect(end.status).toBe(6);
    expect(JSON.parse(end.stdout)).toMatchObject({ ok: false, error: { code: 'LAUNCHER_LOST' } });
    expect(await leftovers(home)).toEqual([]);
  });
});
