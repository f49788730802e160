import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { awakeTimeout } from '../../../../runtime/core/awake-timeout.ts';

const source = join(import.meta.dirname, '../../../../runtime/core/awake-timeout.ts');

/** A process that allows 1.5 s for an answer that comes after one second. */
function startCounting(): ChildProcess {
  const program = `import { awakeTimeout } from ${JSON.stringify(source)};
    const { signal } = awakeTimeout(1_500);
    signal.addEventListener('abort', () => { console.log('over'); process.exit(); });
    setTimeout(() => { console.log('answer'); process.exit(); }, 1_000);
    console.log('counts');`;
  return spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

describe('awakeTimeout()', () => {
  it('aborts with a TimeoutError after its time', async () => {
    using timeout = awakeTimeout(30);
    await once(timeout.signal, 'abort');
    expect(timeout.signal.reason).toMatchObject({ name: 'TimeoutError' });
  });

  it('never aborts once it is disposed', async () => {
    const timeout = awakeTimeout(30);
    timeout[Symbol.dispose]();
    await pause(80);
    expect(timeout.signal.aborted).toBe(false);
  });

  it('does not count the time in which its process was stopped', async () => {
    const child = startCounting();
    await once(child.stdout ?? child, 'data');
    child.kill('SIGSTOP');
    await pause(2_500);
    const said = once(child.stdout ?? child, 'data');
    child.kill('SIGCONT');
    expect(String((await said)[0]).trim()).toBe('answer');
    await once(child, 'exit');
  });
});
