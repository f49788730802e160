import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { correctRecord, relocateScript } from '../../../../../cli/build/host/relocate-scripts.ts';

describe('relocateScript()', () => {
  it.each([
    ['#!/usr/bin/python3.11\nimport x\n', '#!/usr/bin/env python3\nimport x\n'],
    ['#!/home/me/.venv/bin/python\r\nimport x\n', '#!/usr/bin/env python3\nimport x\n'],
    ['#!/opt/python3 -E\nx', '#!/usr/bin/env python3\nx'],
    [`#!/bin/sh\n'''exec' '/a b/python3' "$0" "$@"\n' '''\nimport x\n`, '#!/usr/bin/env python3\nimport x\n'],
  ])('of %j is %j', (text, expected) => {
    expect(relocateScript(Buffer.from(text))?.toString()).toBe(expected);
  });

  it.each(['#!/usr/bin/env python\nx', '#!/bin/sh\necho', '#!/usr/bin/perl\n', '\x7fELF', '', '#!', 'import x'])(
    'leaves %j alone',
    (text) => {
      expect(relocateScript(Buffer.from(text))).toBeUndefined();
    },
  );
});

describe('correctRecord()', () => {
  it('says what is there now, in the order of paths', () => {
    const bytes = Buffer.from('new');
    const hash = createHash('sha256').update(bytes).digest('base64url');
    const text = 'b.py,sha256=B,2\r\nbin/x,sha256=X,9\na.py,sha256=A,1\na/__pycache__/b.pyc,,\n"c,d.py",sha256=C,3\n';
    const there = ['a.py', 'b.py', 'bin/x', 'c,d.py'];
    const changed = new Map([['bin/x', bytes]]);
    expect(correctRecord(text, (path) => there.includes(path), changed)).toBe(
      `"c,d.py",sha256=C,3\na.py,sha256=A,1\nb.py,sha256=B,2\nbin/x,sha256=${hash},3\n`,
    );
  });
});
