import { ToolError } from '../../runtime/core/errors.ts';
import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import type { Attributes } from '../image/layer-source.ts';
import type { Libc } from '../packages/machine.ts';
import { IMAGE_LABELS } from './image-labels.ts';

/** What a builder image says of itself. Fixed: a builder of one version is used by a hibana of another. */
export const BUILDER_LABELS = {
  /** Which builder of `builder-images` it is for: `python`. */
  builder: 'dev.hibana.builder',
  /** `3.12` */
  python: 'dev.hibana.python',
  /** An exact release: `4.2.1`. */
  spark: 'dev.hibana.spark',
  /** A release: `25`. */
  java: 'dev.hibana.java',
  /** `glibc-2.36`, `musl-1.2`: what wheels must be built for. */
  libc: 'dev.hibana.libc',
  /** `2.13` */
  scala: 'dev.hibana.scala',
  /** `image:///usr/libexec/s2i`, as s2i has it. */
  scripts: 'io.openshift.s2i.scripts-url',
} as const;

/** The folders that a builder has and an application's layers name again: with another owner or mode there, they would take these away. */
export const BUILDER_FOLDERS: Readonly<Record<string, Attributes>> = {
  opt: { mode: 0o755, uid: 0, gid: 0 },
  'opt/app-root': { mode: 0o775, uid: 1001, gid: 0 },
  'opt/app-root/src': { mode: 0o775, uid: 1001, gid: 0 },
};

/** Who runs the application: nobody in particular, in the group of root, as OpenShift gives random users. */
export const BUILDER_USER = '1001';

/** How images on a builder of hibana's begin: the launcher runs what `hibana.json` says, whatever the builder would run. Of the environment it needs
 *  nothing that the builder has not set. `--`: without it Node reads the file of an `--env-file` among the application's arguments. */
export const RUNS_LAUNCHER = {
  entrypoint: [`${IMAGE_PATHS.node}/bin/node`, '--', IMAGE_PATHS.launcher, 'launch'],
  user: BUILDER_USER,
  workdir: IMAGE_PATHS.app,
} as const;

/** What of a builder decides what an application's layers are made of. */
export interface BuilderFacts {
  readonly builder: string;
  /** `3.12` */
  readonly python: string;
  readonly spark: string;
  readonly java: number;
  readonly libc: Libc;
  readonly scala: string;
}

/** Reads the labels of a builder image; `name` is what errors call it.
 *  @throws {ToolError} BUILDER_UNSUPPORTED for an image that is no builder, or says of itself what cannot be read */
export function readBuilderFacts(labels: Readonly<Record<string, string>>, name: string): BuilderFacts {
  const builder = labels[BUILDER_LABELS.builder];
  if (builder === undefined) throw noBuilder(labels, name);
  // What is made on a builder inherits its labels.
  checkNoApplication(labels, name);
  const read = <T>(label: keyof typeof BUILDER_LABELS, parse: (text: string) => T | undefined): T => {
    const text = labels[BUILDER_LABELS[label]];
    const value = text === undefined ? undefined : parse(text);
    if (value !== undefined) return value;
    const what = text === undefined ? 'is missing' : `is "${text}"`;
    throw unsupported(name, `its label ${BUILDER_LABELS[label]} ${what}`);
  };
  return {
    builder,
    python: read('python', matching(/^3\.\d+$/)),
    spark: read('spark', matching(/^\d+\.\d+\.\d+$/)),
    java: Number(read('java', matching(/^\d+$/))),
    libc: read('libc', parseLibc),
    scala: read('scala', matching(/^\d+\.\d+$/)),
  };
}

/** Refuses an image that was built of an application: what is made on it would say that it is that one.
 *  @throws {ToolError} BUILDER_UNSUPPORTED */
export function checkNoApplication(labels: Readonly<Record<string, string>>, name: string): void {
  if (labels[IMAGE_LABELS.app] === undefined && labels[IMAGE_LABELS.planKey] === undefined) return;
  throw unsupported(name, 'it is the image of an application');
}

function matching(form: RegExp): (text: string) => string | undefined {
  return (text) => (form.test(text) ? text : undefined);
}

/** `glibc-2.36`; `undefined` for what is none. */
export function parseLibc(text: string): Libc | undefined {
  const [, kind, major, minor] = /^(glibc|musl)-(\d+)\.(\d+)$/.exec(text) ?? [];
  if (kind !== 'glibc' && kind !== 'musl') return undefined;
  return { kind, version: [Number(major), Number(minor)] };
}

function noBuilder(labels: Readonly<Record<string, string>>, name: string): ToolError {
  if (labels[BUILDER_LABELS.scripts] === undefined) return unsupported(name, 'it is no builder image');
  return unsupported(name, 'it is a builder image for s2i, and not one of hibana');
}

function unsupported(name: string, why: string): ToolError {
  return new ToolError('BUILDER_UNSUPPORTED', `Cannot build on "${name}": ${why}`, { details: { builder: name } });
}
