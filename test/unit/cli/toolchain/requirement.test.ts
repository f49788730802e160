import { describe, expect, it } from 'vitest';
import { hasLocalRequirements, readRequirements } from '../../../../cli/toolchain/requirement.ts';
import { sparkMinima } from '../../../../cli/toolchain/spark-minima.ts';
import { sparkSeriesOf } from '../../../../runtime/core/spark-versions.ts';

describe('readRequirements()', () => {
  it.each([
    ['Flask', [['flask', '']]],
    ['flask[async] >=2, <4 ; python_version > "3.8"  # web', [['flask', '>=2, <4']]],
    [
      'a==1 \\\n  --hash=sha256:00 \\\n  --hash=sha256:01\nb~=2.0',
      [
        ['a', '==1'],
        ['b', '~=2.0'],
      ],
    ],
    ['# only\n\n-r other.txt\n--index-url https://x\n-e .', []],
    ['x @ https://host/x.whl\n./local\nlocal.whl', []],
    ['ruamel.yaml(>=1)', [['ruamel-yaml', '>=1']]],
  ])('%j', (text, expected) => {
    expect(readRequirements(text).map(({ name, specifiers }) => [name, specifiers])).toEqual(expected);
  });
});

describe('hasLocalRequirements()', () => {
  it.each([
    '-e .',
    '--editable ./lib',
    '.',
    './lib',
    '../lib[x]',
    'x @ file:///a',
    'wheels/a.whl',
    'a-1.tar.gz',
    '/abs',
  ])('%s is one', (line) => expect(hasLocalRequirements(`flask\n${line}\n`)).toBe(true));
  it.each(['flask', 'a.b==1', '# ./x', 'x @ https://host/x.whl', 'a==1 --hash=sha256:00'])('%s is none', (line) =>
    expect(hasLocalRequirements(`flask\n${line}\n`)).toBe(false),
  );
});

describe('sparkMinima()', () => {
  const series = sparkSeriesOf('4.2');
  it('constrains what is not pinned', () => {
    expect(sparkMinima('pandas\nnumpy==2.1', series)).toEqual({
      constraints: ['pandas>=2.2.0', 'pyarrow>=18.0.0'],
      notices: [],
    });
  });

  it('lets an older pin stand and tells', () => {
    const { constraints, notices } = sparkMinima('pandas==1.5.3', series);
    expect(constraints).not.toContain('pandas>=2.2.0');
    expect(notices).toEqual(['pandas==1.5.3 is older than Spark 4.2 takes: pandas 2.2.0 or newer']);
  });
});
