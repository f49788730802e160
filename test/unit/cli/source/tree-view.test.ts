import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { viewTree } from '../../../../cli/source/tree-view.ts';

type Contents = Readonly<Record<string, string | { readonly link: string }>>;

async function makeTree(contents: Contents): Promise<AsyncDisposable & { readonly dir: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'hibana-tree-'));
  for (const [path, content] of Object.entries(contents)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    if (typeof content === 'string') await writeFile(join(dir, path), content);
    else await symlink(content.link, join(dir, path));
  }
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

async function filesOf(contents: Contents, below = ''): Promise<readonly string[]> {
  await using tree = await makeTree(contents);
  return (await viewTree(join(tree.dir, below))).files;
}

describe('viewTree() lists', () => {
  it('files sorted, without .git', async () => {
    const files = await filesOf({ 'b.py': '', 'a/c.py': '', '.git/config': '', 'a/.git': 'gitdir: x', '.env': '' });
    expect(files).toEqual(['.env', 'a/c.py', 'b.py']);
  });

  it.each<[string, Contents, readonly string[]]>([
    ['.gitignore', { '.gitignore': '*.log\nout/\n', 'a.log': '', 'out/x': '', 'out.py': '' }, ['.gitignore', 'out.py']],
    ['.s2iignore', { '.s2iignore': 'data\n', 'data/x': '', 'a.py': '' }, ['.s2iignore', 'a.py']],
    ['.hibanaignore', { '.hibanaignore': '/x\n', x: '', 'y/x': '' }, ['.hibanaignore', 'y/x']],
    [
      'a nested .gitignore, there only',
      { 'a/.gitignore': '*.x\n/y\n', 'a/b/1.x': '', 'a/y': '', 'a/b/y': '', '2.x': '' },
      ['2.x', 'a/.gitignore', 'a/b/y'],
    ],
    [
      'a nested .gitignore that takes back',
      { '.gitignore': '*.x\n', 'a/.gitignore': '!keep.x\n', 'a/keep.x': '', 'a/1.x': '' },
      ['.gitignore', 'a/.gitignore', 'a/keep.x'],
    ],
    [
      'a nested .gitignore in an odd folder',
      { 'a[1] *!/.gitignore': 'x\n', 'a[1] *!/x': '', 'a1/x': '' },
      ['a1/x', 'a[1] *!/.gitignore'],
    ],
    [
      '.hibanaignore over .gitignore',
      { '.gitignore': 'target/\n', '.hibanaignore': '!target/\n', 'target/app.jar': '' },
      ['.gitignore', '.hibanaignore', 'target/app.jar'],
    ],
    [
      '.hibanaignore over a nested .gitignore',
      { 'a/.gitignore': 'x\n', '.hibanaignore': '!a/x\n', 'a/x': '' },
      ['.hibanaignore', 'a/.gitignore', 'a/x'],
    ],
    [
      '.hibanaignore over .s2iignore',
      { '.s2iignore': 'x\n', '.hibanaignore': '!x\n', x: '' },
      ['.hibanaignore', '.s2iignore', 'x'],
    ],
    ['names by their case', { '.gitignore': 'readme\n', README: '', readme: '' }, ['.gitignore', 'README']],
    ['CRLF rules', { '.gitignore': 'x\r\n\r\n# c\r\n', x: '', y: '' }, ['.gitignore', 'y']],
  ])('what is left after %s', async (_name, contents, expected) => {
    expect(await filesOf(contents)).toEqual(expected);
  });

  it('agrees with git about a tree of rules', async () => {
    const rules = '*.pyc\n/build\ndocs/*.md\n!docs/keep.md\n**/tmp/\na/**/z\n\\#x\nfoo bar\n';
    await using tree = await makeTree({
      ...{ '.gitignore': rules, 'sub/.gitignore': '/q\nr/s\n!w.pyc\n' },
      ...{ 'm.pyc': '', 'build/x': '', 'src/build/x': '', 'docs/a.md': '', 'docs/keep.md': '', 'docs/d/a.md': '' },
      ...{
        'p/tmp/x': '',
        'a/b/c/z': '',
        'a/z': '',
        '#x': '',
        'foo bar': '',
        'sub/q': '',
        'sub/t/q': '',
        'sub/r/s': '',
      },
      ...{ 'sub/t/r/s': '', 'sub/w.pyc': '', 'sub/t/w.pyc': '' },
    });
    execFileSync('git', ['init', '-q', tree.dir]);
    const known = execFileSync('git', ['-C', tree.dir, 'ls-files', '-z', '--others', '--exclude-standard'], {
      encoding: 'utf8',
    });
    expect((await viewTree(tree.dir)).files).toEqual(known.split('\0').slice(0, -1).sort());
  });

  it('a folder of a repository by the rules above it', async () => {
    const contents = {
      '.git/HEAD': '',
      '.gitignore': '*.pyc\n/etl/big\n',
      'etl/a.pyc': '',
      'etl/big/x': '',
      'etl/a.py': '',
    };
    expect(await filesOf(contents, 'etl')).toEqual(['a.py']);
  });

  it('a folder that the rules above it leave out', async () => {
    expect(await filesOf({ '.git/HEAD': '', '.gitignore': 'out\n', 'out/a.py': '' }, 'out')).toEqual(['a.py']);
  });

  it('tracked files whatever .gitignore says, when asked', async () => {
    await using tree = await makeTree({ '.gitignore': '*.jar\n', 'lib.jar': '' });
    expect((await viewTree(tree.dir, { gitignore: false })).files).toEqual(['.gitignore', 'lib.jar']);
  });

  it('links that stay inside, as files', async () => {
    const contents = {
      'd/a.py': '',
      l: { link: 'd/a.py' },
      'd/up': { link: '../l' },
      dir: { link: 'd' },
      gone: { link: 'none' },
    };
    expect(await filesOf(contents)).toEqual(['d/a.py', 'd/up', 'dir', 'gone', 'l']);
  });
});

describe('viewTree() refuses', () => {
  it.each<[string, Contents, string, string]>([
    ['/etc/passwd', { p: { link: '/etc/passwd' } }, 'p', '/etc/passwd'],
    ['..', { 'a/p': { link: '../../x' } }, 'a/p', '../../x'],
    ['a link by way of another', { 'a/b/q': { link: '../..' }, 'a/b/p': { link: 'q/../x' } }, 'a/b/p', 'q/../x'],
  ])('a link to %s', async (_name, contents, path, target) => {
    await using tree = await makeTree(contents);
    await expect(viewTree(tree.dir)).rejects.toMatchObject({ code: 'SOURCE_UNSAFE', details: { path, target } });
  });

  it('no link that is ignored', async () => {
    expect(await filesOf({ '.gitignore': 'v\n', v: { link: '/etc' } })).toEqual(['.gitignore']);
  });
});

describe('viewTree().readText()', () => {
  it('gives the text of a listed file and of a link inside', async () => {
    await using tree = await makeTree({ 'a.py': 'é', l: { link: 'a.py' } });
    const view = await viewTree(tree.dir);
    expect([view.readText('a.py'), view.readText('l')]).toEqual(['é', 'é']);
  });

  it.each(['none', 'ignored', 'binary', 'large', 'dir', '../outside'])('gives nothing for %s', async (path) => {
    await using tree = await makeTree({
      '.gitignore': 'ignored\n',
      ignored: 'x',
      binary: '',
      large: '',
      dir: { link: '.' },
    });
    await writeFile(join(tree.dir, 'binary'), Buffer.from([0xff, 0xfe, 0x41]));
    await truncate(join(tree.dir, 'large'), 1024 ** 2 + 1);
    expect((await viewTree(tree.dir)).readText(path)).toBeUndefined();
  });

  it('is not slowed by a file of 2 GiB', async () => {
    await using tree = await makeTree({ 'app.py': '', big: '' });
    await truncate(join(tree.dir, 'big'), 2 * 1024 ** 3);
    const startedAt = performance.now();
    const view = await viewTree(tree.dir);
    expect(view.readText('big')).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
