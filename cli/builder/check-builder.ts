import { IMAGE_PATHS, type ImageToolchain, parseImageToolchain } from '../../runtime/core/image-layout.ts';
import { BUILDER_LABELS, BUILDER_USER, readBuilderFacts } from '../build/builder-labels.ts';
import { type CheckResult, failure, findingOf, ok } from '../doctor/check.ts';
import type { StoredImage } from '../image/read-image.ts';
import type { ImageFile, ImageFiles } from './find-in-image.ts';

/** Paths that a check looks at, beside the jars. */
const FILES = {
  java: `${IMAGE_PATHS.java}/bin/java`,
  node: `${IMAGE_PATHS.node}/bin/node`,
  submit: `${IMAGE_PATHS.spark}/bin/spark-submit`,
  pyspark: `${IMAGE_PATHS.spark}/python/pyspark/__init__.py`,
  py4j: `${IMAGE_PATHS.spark}/python/py4j/__init__.py`,
  assemble: `${IMAGE_PATHS.scripts}/assemble`,
  run: `${IMAGE_PATHS.scripts}/run`,
} as const;
const PASSWD = '/etc/passwd';
const JARS = `${IMAGE_PATHS.spark}/jars/`;
const FOLDERS = [IMAGE_PATHS.app, IMAGE_PATHS.dependencies, IMAGE_PATHS.packages];

/** What is read of an image to check it: the path of a file in the image. */
export function wantsForCheck(path: string): 'content' | 'entry' | null {
  const absolute = `/${path}`;
  if (absolute === IMAGE_PATHS.toolchain || absolute === PASSWD) return 'content';
  const isWanted = Object.values<string>(FILES).includes(absolute) || (FOLDERS as readonly string[]).includes(absolute);
  if (isWanted || absolute === IMAGE_PATHS.launcher || absolute.startsWith(JARS)) return 'entry';
  return /\/python3\.\d+$/.test(absolute) ? 'entry' : null;
}

/** Checks what an image says of itself and what is in its layers; `name` is what errors call it. Pure. */
export function checkBuilder({ config }: StoredImage, found: ImageFiles, name: string): readonly CheckResult[] {
  const { Labels = {}, User = '', WorkingDir = '' } = config.config ?? {};
  const at = (path: string): ImageFile | undefined => found.get(path.slice(1));
  const toolchain = readToolchain(at(IMAGE_PATHS.toolchain));
  const attempt = (check: string, look: () => string): CheckResult => {
    try {
      return { name: check, ...ok(look()) };
    } catch (error) {
      return { name: check, ...(error instanceof Missing ? failure(error.message, error.remedy) : findingOf(error)) };
    }
  };
  const programs = (paths: readonly string[]) => () => {
    const bad = paths.find((path) => !isProgram(at(path)));
    if (bad !== undefined) throw new Missing(`${bad} is not there, or cannot be executed by all`);
    return paths.join(' · ');
  };
  return [
    attempt('labels', () => {
      const { python, spark, java } = readBuilderFacts(Labels, name);
      return `Python ${python} · Spark ${spark} · Java ${java}`;
    }),
    attempt('user', () => {
      if (User !== BUILDER_USER) throw new Missing(`it runs as "${User}", not as ${BUILDER_USER}`);
      const passwd = at(PASSWD);
      if (passwd === undefined || (passwd.mode & 0o060) !== 0o060 || passwd.gid !== 0) {
        throw new Missing(`the group of root cannot write ${PASSWD}: a random uid would have no name`);
      }
      return `${User}, and any other in the group of root`;
    }),
    attempt('folders', () => {
      const bad = FOLDERS.find((path) => !isShared(at(path)));
      if (bad !== undefined) throw new Missing(`${bad} is not there, or the group of root cannot write it`);
      if (WorkingDir !== IMAGE_PATHS.app) throw new Missing(`it works in "${WorkingDir}", not in ${IMAGE_PATHS.app}`);
      return FOLDERS.join(' · ');
    }),
    attempt('toolchain', () => describeToolchain(toolchain, Labels)),
    attempt('python', () => programs([toolchain?.python ?? 'the interpreter'])()),
    attempt('java and node', programs([FILES.java, FILES.node])),
    attempt('spark', () => {
      const jars = [...found.keys()].filter((path) => path.startsWith(JARS.slice(1)) && path.endsWith('.jar'));
      if (!jars.some((path) => path.includes('/spark-core_'))) throw new Missing(`${JARS} has no spark-core`);
      const bad = [FILES.pyspark, FILES.py4j].find((path) => at(path) === undefined);
      if (bad !== undefined) throw new Missing(`${bad} is not there`);
      programs([FILES.submit])();
      return `${jars.length} jars, pyspark and py4j as files`;
    }),
    attempt('s2i scripts', programs([FILES.assemble, FILES.run])),
    attempt('launcher', () => {
      if (at(IMAGE_PATHS.launcher) === undefined) throw new Missing(`${IMAGE_PATHS.launcher} is not there`);
      return IMAGE_PATHS.launcher;
    }),
  ];
}

class Missing extends Error {
  readonly remedy = 'Build it anew with "hibana builder build"';
}

function readToolchain(file: ImageFile | undefined): ImageToolchain | undefined {
  try {
    return file?.content == null ? undefined : parseImageToolchain(file.content.toString());
  } catch {
    return undefined;
  }
}

function describeToolchain(toolchain: ImageToolchain | undefined, labels: Readonly<Record<string, string>>): string {
  if (toolchain === undefined) throw new Missing(`${IMAGE_PATHS.toolchain} is not there, or cannot be read`);
  const { spark, pythonMinor, javaRelease } = toolchain;
  const pairs = [
    [BUILDER_LABELS.spark, spark],
    [BUILDER_LABELS.python, pythonMinor],
    [BUILDER_LABELS.java, String(javaRelease)],
  ] as const;
  const bad = pairs.find(([label, value]) => labels[label] !== value);
  if (bad) throw new Missing(`it has ${bad[1]}, and its label ${bad[0]} says ${labels[bad[0]] ?? 'nothing'}`);
  return `Spark ${spark} · Python ${pythonMinor} · Java ${javaRelease}, as the labels say`;
}

/** A link is for what it leads to, which is not looked at. */
function isProgram(file: ImageFile | undefined): boolean {
  return file !== undefined && (file.kind === 'symlink' || (file.kind === 'file' && (file.mode & 0o111) === 0o111));
}

function isShared(file: ImageFile | undefined): boolean {
  return file?.kind === 'directory' && file.gid === 0 && (file.mode & 0o070) === 0o070;
}
