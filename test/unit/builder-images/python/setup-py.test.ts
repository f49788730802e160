import { describe, expect, test } from 'vitest';
import type { RequirementSet } from '../../../../builder-images/python/requirement-set.ts';
import { readSetupCfg, readSetupPy } from '../../../../builder-images/python/setup-py.ts';
import { treeOf } from '../tree-of.ts';

const textsOf = (set: RequirementSet | undefined) => set?.lines.map(({ text }) => text);

describe('readSetupPy()', () => {
  test.each([
    ['a list', 'setup(install_requires=["toolz", \'attrs>=19\'])', ['toolz', 'attrs>=19']],
    [
      'extras and markers',
      `setup(install_requires=["a[b]>1", "c; python_version<'4'"])`,
      ['a[b]>1', "c; python_version<'4'"],
    ],
    [
      'lines and comments',
      'setup(\n  install_requires=[\n    "a",  # not "b"\n    # "c",\n    "d",\n  ],\n)',
      ['a', 'd'],
    ],
    ['a tuple', 'setup(install_requires=("a",))', ['a']],
    ['a name', 'NEEDS = [\n    "a",\n]\nsetup(name="x", install_requires=NEEDS, zip_safe=False)', ['a']],
    ['nothing asked', 'setup(install_requires=[])', []],
  ])('reads %s', (_what, text, wanted) => {
    expect(textsOf(readSetupPy(treeOf({ 'setup.py': text })))).toEqual(wanted);
  });

  test.each([
    'setup(install_requires=open("requirements.txt").read().split())',
    'setup(install_requires=base + more)',
    'setup(install_requires=["a"] + more)',
    'setup(install_requires=[name for name in names])',
  ])('says of what is computed that it is not read: %s', (text) => {
    const set = readSetupPy(treeOf({ 'setup.py': `from setuptools import setup\n${text}` }));
    expect(textsOf(set)).toEqual([]);
    expect(set?.notices).toEqual(['setup.py:2: the dependencies are computed: they are not read']);
  });

  test('says nothing where nothing is said', () => {
    expect(readSetupPy(treeOf({ 'setup.py': 'setup(name="x")' }))).toBeUndefined();
    expect(readSetupPy(treeOf({}))).toBeUndefined();
  });

  test('names the line of what it cannot read', () => {
    const tree = treeOf({ 'setup.py': 'setup(\n    install_requires=["a b c"])' });
    expect(() => readSetupPy(tree)).toThrow(/^setup\.py:2: /);
  });
});

describe('readSetupCfg()', () => {
  test.each([
    ['lines', '[options]\ninstall_requires =\n    a\n    b>=1 # no\n\n    c\nzip_safe = no\n', ['a', 'b>=1', 'c']],
    ['one line', '[metadata]\nname = x\n[options]\ninstall_requires: a\n', ['a']],
    ['another section', '[options.extras_require]\ninstall_requires =\n    a\n', undefined],
    ['no such file', undefined, undefined],
  ])('reads %s', (_what, text, wanted) => {
    expect(textsOf(readSetupCfg(treeOf(text === undefined ? {} : { 'setup.cfg': text })))).toEqual(wanted);
  });
});
