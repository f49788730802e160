import type { TreeView } from '../builder.ts';
import { PIPFILE, PIPFILE_LOCK, readPipfile, readPipfileLock } from './pipfile.ts';
import { formatPlace } from './place.ts';
import { PYPROJECT, readPyproject } from './pyproject.ts';
import type { SparkRequirement } from './requirement.ts';
import { joinSets, type RequirementLine, type RequirementSet } from './requirement-set.ts';
import { readRequirementsFile } from './requirements-file.ts';
import { readSetupCfg, readSetupPy, SETUP_CFG, SETUP_PY } from './setup-py.ts';
import { lockedSpark, UV_LOCK } from './uv-lock.ts';

/** What the tree asks for, with Spark taken out. */
export interface Dependencies {
  readonly set: RequirementSet | null;
  /** The set is what uv.lock says: uv reads it itself. */
  readonly isUvLock: boolean;
  readonly pyspark: readonly SparkRequirement[];
  readonly notices: readonly string[];
}

/** The dependencies of the tree, from the first of uv.lock, Pipfile.lock, requirements.txt, pyproject.toml, Pipfile, setup.cfg and setup.py
 *  that says some.
 *  @throws {ToolError} REQUIREMENTS_INVALID */
export function findDependencies(tree: TreeView): Dependencies {
  const has = (file: string) => tree.files.includes(file);
  const present = [UV_LOCK, PIPFILE_LOCK, REQUIREMENTS, PYPROJECT, PIPFILE, SETUP_CFG, SETUP_PY].filter(has);
  if (has(UV_LOCK) && has(PYPROJECT)) {
    const unused = unusedNotices(tree, [UV_LOCK], present);
    return { set: null, isUvLock: true, pyspark: lockedSpark(tree), notices: unused };
  }
  for (const file of present) {
    const read = READERS[file]?.(tree);
    if (read === undefined) continue;
    const set = withOwn(tree, file, read);
    return withoutSpark(set, unusedNotices(tree, [file, ...set.files], present));
  }
  return { set: null, isUvLock: false, pyspark: [], notices: unusedNotices(tree, [], present) };
}

const REQUIREMENTS = 'requirements.txt';

const READERS: Readonly<Record<string, (tree: TreeView) => RequirementSet | undefined>> = {
  [PIPFILE_LOCK]: readPipfileLock,
  [REQUIREMENTS]: (tree) => readRequirementsFile(tree, REQUIREMENTS),
  [PYPROJECT]: (tree) => readPyproject(tree, []),
  [PIPFILE]: readPipfile,
  [SETUP_CFG]: readSetupCfg,
  [SETUP_PY]: readSetupPy,
};

/** `-e .` asks for what pyproject.toml says, or setup.cfg, or setup.py. */
function withOwn(tree: TreeView, file: string, set: RequirementSet): RequirementSet {
  if (set.ownExtras === null || file === PYPROJECT) return set;
  const own = readPyproject(tree, set.ownExtras) ?? readSetupCfg(tree) ?? readSetupPy(tree);
  return own === undefined ? set : joinSets([set, own]);
}

function withoutSpark(set: RequirementSet, notices: readonly string[]): Dependencies {
  const isSpark = ({ requirement }: RequirementLine) => requirement?.name === 'pyspark';
  const pyspark = [...set.lines, ...set.constraints]
    .filter(isSpark)
    .flatMap(({ requirement, place }) => (requirement === null ? [] : [{ from: formatPlace(place), requirement }]));
  const lines = set.lines.filter((line) => !isSpark(line));
  const constraints = set.constraints.filter((line) => !isSpark(line));
  return { set: { ...set, lines, constraints }, isUvLock: false, pyspark, notices: [...notices, ...set.notices] };
}

/** Files that ask for packages in a way that is not read at all. */
const NEVER_READ = ['poetry.lock', 'pdm.lock', 'environment.yml', 'environment.yaml'];

function unusedNotices(tree: TreeView, used: readonly string[], present: readonly string[]): readonly string[] {
  const from = used[0];
  // A Pipfile beside its lock, and a pyproject.toml beside uv's, are what the lock was made from.
  const isSource = (file: string) => file === LOCKED_FROM[from ?? ''];
  const others = present.filter((file) => !used.includes(file) && !isSource(file) && asks(tree, file));
  const never = NEVER_READ.filter(
    (file) => tree.files.includes(file) && (from === undefined || file.endsWith('.lock')),
  );
  const because = from === undefined ? 'it is not read for dependencies' : `the dependencies come from ${from}`;
  return [...others, ...never].map((file) => `${file} is not used: ${because}`);
}

const LOCKED_FROM: Readonly<Record<string, string>> = { [PIPFILE_LOCK]: PIPFILE, [UV_LOCK]: PYPROJECT };

/** Whether a file that is not used would ask for something. Judged by its text: a mistake in it is not this plan's. */
function asks(tree: TreeView, file: string): boolean {
  if (file === SETUP_CFG || file === SETUP_PY) return (tree.readText(file) ?? '').includes('install_requires');
  return file !== PYPROJECT || ASKS.test(tree.readText(file) ?? '');
}

const ASKS = /^[ \t]*(?:dependencies[ \t]*=|\[tool\.poetry\.dependencies\])/m;
