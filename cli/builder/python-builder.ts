import { IMAGE_PATHS, type ImageToolchain } from '../../runtime/core/image-layout.ts';
import { type SparkSeries, sparkSeriesOf } from '../../runtime/core/spark-versions.ts';
import { BUILDER_LABELS, BUILDER_USER } from '../build/builder-labels.ts';
import { IMAGE_LABELS, OCI_LABELS } from '../build/image-labels.ts';
import type { ImageChanges } from '../image/append-layers.ts';
import type { Libc } from '../packages/machine.ts';
import { sparkClassPath } from '../toolchain/class-path.ts';
import { javaPackageFor } from '../toolchain/fetch-java.ts';
import { prepareSpark } from '../toolchain/spark.ts';
import { formatLibc, machineOf } from './architectures.ts';
import { chooseLibc, choosePython, pathBefore } from './base-choice.ts';
import { javaPart } from './java-part.ts';
import { nativesPart } from './natives-part.ts';
import { launcherPart, scriptsPart } from './program-parts.ts';
import type { Composable, RecipeInput } from './recipe.ts';
import { sparkPart } from './spark-part.ts';
import type { BasePython } from './survey-base.ts';
import { systemPart, USER_HOME } from './system-part.ts';
import { TOOLS_PATH, toolsPart } from './tools-part.ts';

/** The builder of Python applications: Spark, Java, Node, uv and the launcher on a base that has Python. What changes least is lowest. */
export const pythonBuilder: Composable = {
  name: 'python',
  summary: 'builds and runs Spark applications in Python',
  defaultBase: 'docker.io/library/python:3.12-slim-bookworm',
  hasSpark: true,
  async recipe(input, deps, ctx) {
    const series = sparkSeriesOf(input.spark);
    const [python, libc] = [choosePython(input, series), chooseLibc(input)];
    const machine = machineOf(input.platform, libc);
    const { source, toolchain } = deps;
    const java = javaPart(series, machine, source);
    const { home } = await prepareSpark({ version: input.spark, python: null }, source, toolchain, ctx);
    const classPath = await sparkClassPath(home, IMAGE_PATHS.spark);
    return {
      parts: [
        java,
        sparkPart(input.spark, source, toolchain),
        nativesPart({ spark: input.spark, machine }, source, toolchain),
        toolsPart(machine, { source, env: toolchain.env, home: toolchain.home }),
        systemPart(input.facts, toolchainOf(input.spark, series, python, classPath)),
        await scriptsPart(deps.root, NAME, input.facts.folders),
        await launcherPart(deps.root),
      ],
      changes: changesOf(input, { series, python, libc, version: deps.version }),
    };
  },
};

const NAME = 'python';
const SCRIPTS_URL = `image://${IMAGE_PATHS.scripts}`;

function toolchainOf(spark: string, series: SparkSeries, python: BasePython, classPath: string): ImageToolchain {
  const { release } = javaPackageFor(series);
  return {
    ...{ version: 1, spark, classPath, javaRelease: release, javaHasVectorModule: false },
    ...{ python: python.path, pythonMinor: python.minor },
  };
}

interface Choices {
  readonly series: SparkSeries;
  readonly python: BasePython;
  readonly libc: Libc;
  readonly version: string;
}

/** No entry point: the command of the image itself tells what it is for, and applications bring their own. */
function changesOf({ spark, base }: RecipeInput, { series, python, libc, version }: Choices): ImageChanges {
  const env = base.config.config?.Env;
  const { java, node, scripts } = IMAGE_PATHS;
  const { release } = javaPackageFor(series);
  const title = `hibana builder: Python ${python.minor}, Spark ${spark}`;
  return {
    env: {
      PATH: pathBefore(env, [`${java}/bin`, `${node}/bin`, `${IMAGE_PATHS.spark}/bin`, TOOLS_PATH]),
      JAVA_HOME: java,
      SPARK_HOME: IMAGE_PATHS.spark,
      PYSPARK_PYTHON: python.path,
      HOME: USER_HOME,
      ...(env?.some((line) => line.startsWith('LANG=')) ? {} : { LANG: 'C.UTF-8' }),
    },
    labels: {
      [BUILDER_LABELS.builder]: NAME,
      [BUILDER_LABELS.python]: python.minor,
      [BUILDER_LABELS.spark]: spark,
      [BUILDER_LABELS.java]: String(release),
      [BUILDER_LABELS.libc]: formatLibc(libc),
      [BUILDER_LABELS.scala]: series.scala,
      [BUILDER_LABELS.scripts]: SCRIPTS_URL,
      [IMAGE_LABELS.tool]: version,
      [OCI_LABELS.title]: title,
      'io.k8s.display-name': title,
      'io.k8s.description': 'Builds and runs Apache Spark applications in Python',
      'io.openshift.tags': 'builder,python,spark',
    },
    user: BUILDER_USER,
    workdir: IMAGE_PATHS.app,
    entrypoint: [],
    cmd: [`${scripts}/usage`],
  };
}
