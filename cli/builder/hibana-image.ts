import { IMAGE_PATHS } from '../../runtime/core/image-layout.ts';
import { BUILDER_USER } from '../build/builder-labels.ts';
import { IMAGE_LABELS, OCI_LABELS } from '../build/image-labels.ts';
import { machineOf } from './architectures.ts';
import { chooseLibc, pathBefore, unsupported } from './base-choice.ts';
import { launcherPart, programPart } from './program-parts.ts';
import type { Composable } from './recipe.ts';
import { userPart } from './system-part.ts';
import { nodePart } from './tools-part.ts';

/** hibana's own image: this program, its launcher and its templates, with Node, on a base that has git. Of git there is no package. */
export const hibanaImage: Composable = {
  name: 'hibana',
  summary: "hibana's own image: the program, the launcher, git",
  defaultBase: 'docker.io/library/buildpack-deps:bookworm-scm',
  hasSpark: false,
  async recipe({ platform, base, baseName, facts, libc }, { root, version, source, toolchain }) {
    if (facts.programs.git === undefined) {
      throw unsupported(baseName, 'it has no git in its PATH', 'Name a base that has git with --base');
    }
    const machine = machineOf(platform, chooseLibc({ facts, libc, baseName }));
    return {
      parts: [
        nodePart(machine, { source, env: toolchain.env, home: toolchain.home }),
        userPart(facts, HOME),
        await programPart(root, PROGRAM, facts.folders),
        await launcherPart(root),
      ],
      changes: {
        env: { PATH: pathBefore(base.config.config?.Env, [`${IMAGE_PATHS.node}/bin`]), HOME },
        labels: { [IMAGE_LABELS.tool]: version, [OCI_LABELS.title]: `hibana ${version}` },
        user: BUILDER_USER,
        workdir: HOME,
        // Without `--` Node reads the file of an `--env-file` that is meant for us.
        entrypoint: [`${IMAGE_PATHS.node}/bin/node`, '--', `${PROGRAM}/dist/cli/main.mjs`],
        cmd: ['--help'],
      },
    };
  },
};

const HOME = '/home/hibana';
const PROGRAM = '/opt/hibana';
