import { describe, expect, it } from 'vitest';
import { parseImageConfig, renderImageConfig } from '../../../../cli/image/image-config.ts';

const diffId = `sha256:${'a'.repeat(64)}`;

function parse(document: object) {
  return parseImageConfig(Buffer.from(JSON.stringify(document)), 'app');
}

describe('parseImageConfig()', () => {
  it("drops what Docker's old builder left, and nulls", () => {
    const config = parse({
      id: 'abc',
      parent: 'def',
      container: 'ghi',
      container_config: { Hostname: 'ghi' },
      docker_version: '20.10',
      'moby.buildkit.buildinfo.v1': 'x',
      architecture: 'amd64',
      os: 'linux',
      config: {
        Hostname: 'ghi',
        Image: 'sha256:1',
        Cmd: null,
        Env: ['A=1'],
        Healthcheck: { Test: ['NONE'] },
        Tty: false,
      },
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: null,
    });
    expect(config).toEqual({
      architecture: 'amd64',
      os: 'linux',
      config: { Env: ['A=1'], Healthcheck: { Test: ['NONE'] } },
      rootfs: { type: 'layers', diff_ids: [diffId] },
    });
  });
});

describe('renderImageConfig()', () => {
  it('gives the same bytes whatever the order of the keys was', () => {
    const one = {
      os: 'linux',
      'os.version': '1',
      architecture: 'arm',
      variant: 'v7',
      config: {
        Labels: { b: '2', a: '1' },
        Env: ['B=1', 'A=2'],
        Shell: ['/bin/sh'],
        ExposedPorts: { '2/tcp': {}, '1/tcp': {} },
      },
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [
        { empty_layer: true, created_by: 'x' },
        { created_by: 'y', empty_layer: false },
      ],
    };
    const other = {
      history: [{ created_by: 'x', empty_layer: true }, { created_by: 'y' }],
      rootfs: { diff_ids: [diffId], type: 'layers' },
      config: {
        ExposedPorts: { '1/tcp': {}, '2/tcp': {} },
        Shell: ['/bin/sh'],
        Labels: { a: '1', b: '2' },
        Env: ['B=1', 'A=2'],
      },
      variant: 'v7',
      architecture: 'arm',
      'os.version': '1',
      os: 'linux',
    };
    expect(renderImageConfig(parse(one)).toString()).toBe(
      '{"architecture":"arm","variant":"v7","os":"linux","os.version":"1",' +
        '"config":{"ExposedPorts":{"1/tcp":{},"2/tcp":{}},"Env":["B=1","A=2"],"Labels":{"a":"1","b":"2"},"Shell":["/bin/sh"]},' +
        `"rootfs":{"type":"layers","diff_ids":["${diffId}"]},` +
        '"history":[{"created_by":"x","empty_layer":true},{"created_by":"y"}]}',
    );
    expect(renderImageConfig(parse(other))).toEqual(renderImageConfig(parse(one)));
  });

  it('is read as what it was made of', () => {
    const config = parse({
      architecture: 'amd64',
      os: 'linux',
      config: { User: '1001' },
      rootfs: { type: 'layers', diff_ids: [] },
    });
    expect(parseImageConfig(renderImageConfig(config), 'app')).toEqual(config);
  });
});
