import { pythonFolders } from '../../runtime/core/python-folders.ts';
import { sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import type { Builder, BuildPlan, Detection, PlanOptions, TreeView } from '../builder.ts';
import { findDependencies } from './dependencies.ts';
import { dependencyInput } from './dependency-input.ts';
import { findEntry } from './entry-point.ts';
import { hardCodedMasters } from './python-text.ts';
import { chooseSpark } from './spark-choice.ts';

/** Python applications, and jars that come built. */
export const pythonBuilder: Builder = { name: 'python', detect, plan };

const SIGNS = ['requirements.txt', 'pyproject.toml', 'Pipfile', 'Pipfile.lock', 'uv.lock'];

function detect(tree: TreeView): Detection | null {
  const { files } = tree;
  const because =
    files.find((path) => path.endsWith('.py') && !path.includes('/')) ??
    files.find((path) => SIGNS.includes(path)) ??
    files.find((path) => path.endsWith('.py')) ??
    files.find((path) => path.endsWith('.jar'));
  return because === undefined ? null : { because };
}

function plan(tree: TreeView, options: PlanOptions): BuildPlan {
  const entry = findEntry(tree, options.entry);
  return entry.endsWith('.jar') ? planJar(tree, options, entry) : planPython(tree, options, entry);
}

function planPython(tree: TreeView, options: PlanOptions, entry: string): BuildPlan {
  const found = findDependencies(tree);
  const spark = chooseSpark(options.spark, found.pyspark, options.offeredSpark);
  return {
    ...basePlan(tree, options, { language: 'python', entry, spark: spark.release }),
    sparkFrom: spark.from,
    dependencies: dependencyInput(found, sparkSeriesOf(spark.release)),
    pythonPath: pythonPath(tree, entry),
    notices: [...found.notices, ...spark.notices, ...entryNotices(tree, entry)],
  };
}

/** The jar's own manifest names the main class when nobody does: Spark reads it. */
function planJar(tree: TreeView, options: PlanOptions, entry: string): BuildPlan {
  const { release, notices } = chooseSpark(options.spark, [], options.offeredSpark);
  return { ...basePlan(tree, options, { language: 'jvm', entry, spark: release }), notices };
}

function basePlan(
  tree: TreeView,
  options: PlanOptions,
  app: Pick<BuildPlan['app'], 'language' | 'entry' | 'spark'>,
): BuildPlan {
  const { name, kind, mainClass, args, conf, packages, jars, env, port } = options;
  return {
    version: 1,
    builder: pythonBuilder.name,
    app: { version: 1, name, kind, ...app, mainClass, args, conf, packages, jars, env, port },
    sparkFrom: null,
    python: options.python,
    dependencies: null,
    pythonPath: [],
    sparkConf: tree.files.some((path) => path.startsWith(`${SPARK_CONF}/`)) ? SPARK_CONF : null,
    labels: {},
    exclude: options.exclude,
    notices: [],
  };
}

/** As in the ancestor: Spark's own configuration files, shipped with the application. */
const SPARK_CONF = 'spark-conf';

function pythonPath(tree: TreeView, entry: string): readonly string[] {
  return pythonFolders(
    entry,
    tree.files.some((path) => path.startsWith('src/') && path.endsWith('.py')),
  );
}

function entryNotices(tree: TreeView, entry: string): readonly string[] {
  return hardCodedMasters(tree.readText(entry) ?? '').map(
    (master) => `${entry} sets the master to "${master}": where it does, the job does not use its cluster`,
  );
}
