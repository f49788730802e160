import { zipOf } from '../unit/cli/toolchain/fake-packages.ts';
import { sha256 } from './package-index.ts';

export interface WheelContent {
  readonly requires?: readonly string[];
  /** By path; default an empty module of the project's name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A wheel that installers take: `['six-1.0-py3-none-any.whl', bytes]`. */
export function wheelOf(name: string, version: string, content: WheelContent = {}): readonly [string, Buffer] {
  const { requires = [], files = { [`${name}.py`]: '' } } = content;
  const info = `${name}-${version}.dist-info`;
  const needs = requires.map((text) => `Requires-Dist: ${text}\n`).join('');
  const all: Readonly<Record<string, string>> = {
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${needs}`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = Object.entries(all).map(([path, text]) => {
    const digest = Buffer.from(sha256(Buffer.from(text)), 'hex').toString('base64url');
    return `${path},sha256=${digest},${Buffer.byteLength(text)}\n`;
  });
  return [
    `${name}-${version}-py3-none-any.whl`,
    zipOf({ ...all, [`${info}/RECORD`]: `${record.join('')}${info}/RECORD,,\n` }),
  ];
}
