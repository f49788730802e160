import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { followLog } from '../../../../cli/kubernetes/follow-log.ts';
import { LogPlace } from '../../../../cli/kubernetes/log-place.ts';
import { kubernetesClient } from '../../../../runtime/platform/kubernetes/kubernetes-client.ts';
import { testCtx } from '../../../helpers/ctx.ts';

const time = (nanoseconds: number, second = 0): string =>
  `2026-11-22T03:15:${String(second).padStart(2, '0')}.${String(nanoseconds).padStart(9, '0')}Z`;
const line = (text: string, ...at: Parameters<typeof time>): string => `${time(...at)} ${text}`;

describe('LogPlace', () => {
  it.each([1, 7, 1_000])('gives lines without their times, in pieces of %i bytes', (size) => {
    const text = Buffer.from(`${line('größer\n', 1)}${line('\n', 2)}${line('a b', 3)}`);
    const read = new LogPlace().reader();
    const told: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) told.push(read(text.subarray(at, at + size)));
    expect(Buffer.concat(told).toString()).toBe('größer\n\na b');
  });

  it.each<[string, readonly string[], string]>([
    ['repeats what was told', [line('a\n', 1), line('b\n', 2)], line('c\n', 3)],
    ['repeats lines of one moment', [line('a\n', 1), line('a\n', 1)], line('a\n', 1)],
    ['repeats half a line', [line('a\n', 1), line('hal', 2)], 'f\n'],
    ['repeats lines of the same thousandth', [line('a\n', 1_000), line('b\n', 1_001)], line('c\n', 1_002)],
  ])('goes on where it was when a connection %s', (_what, before, after) => {
    const place = new LogPlace();
    const first = place.reader()(Buffer.from(before.join('')));
    const second = place.reader()(Buffer.from([...before, after].join('')));
    const whole = new LogPlace().reader()(Buffer.from([...before, after].join('')));
    expect(Buffer.concat([first, second]).toString()).toBe(whole.toString());
  });

  it('takes what a kubelet says itself for no line', () => {
    const read = new LogPlace().reader();
    expect(read(Buffer.from(`unable to retrieve container logs\n${line('a\n', 1)}`)).toString()).toBe('a\n');
  });
});

describe('followLog()', () => {
  it('loses nothing of a log that was begun anew while the connection was broken', async () => {
    const answers = [`${line('a\n', 1)}${line('b\n', 2)}`, line('c\n', 0, 9), line('d\n', 1, 9)];
    const since: (string | null)[] = [];
    await using server = createServer((request, response) => {
      since.push(new URL(request.url ?? '', 'http://server').searchParams.get('sinceTime'));
      response.end(answers[since.length - 1] ?? '');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    // `as` because the type also covers pipes: this one listens on a port.
    const { port } = server.address() as AddressInfo;
    const config = new KubeConfig();
    const at = { name: 'test', server: `http://127.0.0.1:${port}`, skipTLSVerify: true };
    config.loadFromClusterAndUser(at, { name: 'test' });
    let told = '';
    const log = {
      ...{ client: kubernetesClient(config, 'team'), pod: 'etl', container: 'driver' },
      onChunk: async (chunk: Buffer) => {
        told += chunk.toString();
      },
      isOver: () => since.length >= 2,
    };
    await followLog(log, testCtx());
    expect([told, since]).toEqual(['a\nb\nc\nd\n', [null, time(2), time(0, 9)]]);
  });
});
