import type { TreeView } from '../builder.ts';
import { withoutComments } from './python-text.ts';
import { EMPTY_SET, joinSets, notice, type RequirementSet, requirementSet } from './requirement-set.ts';

export const SETUP_PY = 'setup.py';
export const SETUP_CFG = 'setup.cfg';

/** `install_requires` of a setup.py, as far as it is a list of texts, there or under a name of the same file: nothing of it is run.
 *  One that is computed is told and not read; `undefined` when there is none.
 *  @throws {ToolError} REQUIREMENTS_INVALID */
export function readSetupPy(tree: TreeView): RequirementSet | undefined {
  const source = tree.readText(SETUP_PY);
  if (source === undefined) return undefined;
  const code = withoutComments(source);
  const asked = INSTALL_REQUIRES.exec(code);
  if (asked === null) return undefined;
  const line = source.slice(0, source.indexOf('install_requires')).split('\n').length;
  const value = asked[1] ?? '';
  const list = LIST.exec(value) ?? LIST.exec(assigned(code, NAME.exec(value)?.[0]));
  if (list === null) {
    return {
      ...notice({ file: SETUP_PY, line }, 'the dependencies are computed: they are not read'),
      files: [SETUP_PY],
    };
  }
  const texts = Array.from((list[1] ?? '').matchAll(TEXT), (match) => match[1] ?? match[2] ?? '');
  const sets = texts.map((text) => requirementSet(text, '', { file: SETUP_PY, line }));
  return joinSets([{ ...EMPTY_SET, files: [SETUP_PY] }, ...sets]);
}

const INSTALL_REQUIRES = /\binstall_requires\s*=\s*([^=].*)/s;
const NAME = /^[A-Za-z_]\w*(?=\s*[,)])/;
/** A list or a tuple of nothing but texts. */
const LIST = /^[[(]((?:\s|,|"[^"\n]*"|'[^'\n]*')*)[\])][ \t]*(?:[,)\n]|$)/;
const TEXT = /"([^"\n]*)"|'([^'\n]*)'/g;

/** What a name stands for, from there to the end of the file. */
function assigned(code: string, name: string | undefined): string {
  if (name === undefined) return '';
  const start = new RegExp(`^${name}[ \\t]*=[ \\t]*`, 'm').exec(code);
  return start === null ? '' : code.slice(start.index + start[0].length);
}

/** `install_requires` below `[options]` of a setup.cfg; `undefined` when it has none.
 *  @throws {ToolError} REQUIREMENTS_INVALID
 *  Source: the setuptools manual, "Configuring setuptools using setup.cfg files". */
export function readSetupCfg(tree: TreeView): RequirementSet | undefined {
  const lines = (tree.readText(SETUP_CFG) ?? '').split(/\r?\n/);
  const sets: RequirementSet[] = [];
  let [section, isAsking, isThere] = ['', false, false];
  lines.forEach((line, index) => {
    const text = line.replace(/(^|\s)[#;].*$/, '').trimEnd();
    const isContinued = /^\s+\S/.test(text);
    if (!isContinued && text !== '') {
      section = /^\[([^\]]+)\]/.exec(text)?.[1]?.trim() ?? section;
      isAsking = section === 'options' && /^install_requires\s*[=:]/.test(text);
    }
    if (!isAsking) return;
    isThere = true;
    const wanted = isContinued ? text.trim() : text.replace(/^install_requires\s*[=:]\s*/, '');
    if (wanted !== '') sets.push(requirementSet(wanted, '', { file: SETUP_CFG, line: index + 1 }));
  });
  return isThere ? joinSets([{ ...EMPTY_SET, files: [SETUP_CFG] }, ...sets]) : undefined;
}
