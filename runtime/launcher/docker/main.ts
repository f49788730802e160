import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import process from 'node:process';
import { Writable } from 'node:stream';
import { Docker } from '../../platform/docker/docker-client.ts';
import { CHANNEL, frameOf } from '../../platform/docker/frames.ts';
import { holdLeash } from '../leash.ts';
import { explainFailure } from '../run-local.ts';
import { StopReason } from '../stop-reason.ts';
import { runDocker } from './run-docker.ts';

/** The launcher in a container of hibana's own image: `launch RUN LEASE_DIRECTORY`. Its standard input is the leash, its standard output frames. */
const [verb, run = '', leaseDirectory = ''] = process.argv.slice(2);
const stop = new AbortController();
const SOCKET = '/var/run/docker.sock';

if (verb === 'launch') await main();
else process.exitCode = 2;

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort(StopReason.signal(signal)));
  process.on('SIGHUP', () => stop.abort(StopReason.signal('SIGTERM')));
  holdLeash(process.stdin, (reason) => stop.abort(reason));
  const output = new Socket({ fd: 1, readable: false, writable: true }).on('error', () => {});
  const channel = (number: number): Writable =>
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // A reader that went away is no error of the job.
        if (!output.writable) done();
        else output.write(frameOf(number, chunk), () => done());
      },
    });
  const events = channel(CHANNEL.events);
  try {
    process.exitCode = await runDocker({
      ...{ run, leaseDirectory, docker: new Docker({ socketPath: SOCKET }), stop },
      stdout: channel(CHANNEL.stdout),
      stderr: channel(CHANNEL.stderr),
      onEvent: (event) => events.write(`${JSON.stringify(event)}\n`),
      now: Date.now,
    });
  } catch (error) {
    process.stderr.write(explainFailure(error));
    process.exitCode = 1;
  }
  await new Promise<void>((resolve) => events.end(() => output.end(resolve)));
  closeSync(0);
  process.exit();
}
