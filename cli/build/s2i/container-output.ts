import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import type Docker from 'dockerode';

/** Tells both streams of a container in lines; resolves when both are at their end. */
export function readOutput(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onLine: (line: string) => void,
): Promise<unknown> {
  const outputs = [lineWriter(onLine), lineWriter(onLine)] as const;
  docker.modem.demuxStream(stream, ...outputs);
  const end = (): void => outputs.forEach((output) => void output.end());
  stream.once('end', end).once('close', end).on('error', end);
  const ended = Promise.all(outputs.map((output) => finished(output)));
  // Where the start fails, nobody waits for it.
  ended.catch(() => {});
  return ended;
}

/** More than this without a line break is told in parts: it need not have one at all. */
const LONGEST_LINE = 64 * 1024;

/** Tells what is written to it line by line, at once: nothing is held but the line that has no end yet. Lines end as in terminals: LF, CRLF, CR. */
function lineWriter(onLine: (line: string) => void): Writable {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    // A CR at the end may be half of a CRLF.
    const lines = `${rest}${text}`.split(/\r?\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length < LONGEST_LINE || rest.endsWith('\r')) return;
    onLine(rest);
    rest = '';
  };
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      try {
        take(decoder.write(chunk));
        done();
      } catch (error) {
        // Thrown on, it would end the process, and leave the container.
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
    final(done) {
      take(decoder.end());
      if (rest !== '') onLine(rest.replace(/\r$/, ''));
      done();
    },
  });
}
