import { build } from './build.ts';
import { builderBuild } from './builder-build.ts';
import { builderList } from './builder-list.ts';
import { builderTest } from './builder-test.ts';
import { builderUsage } from './builder-usage.ts';
import { clusterCreate } from './cluster-create.ts';
import { clusterDelete } from './cluster-delete.ts';
import { clusterList } from './cluster-list.ts';
import { clusterPrune } from './cluster-prune.ts';
import { clusterScale } from './cluster-scale.ts';
import { clusterShow } from './cluster-show.ts';
import type { Command, Example } from './command.ts';
import { completion } from './completion.ts';
import { doctor } from './doctor.ts';
import { init } from './init.ts';
import { plan } from './plan.ts';
import { rebase } from './rebase.ts';
import { rebuild } from './rebuild.ts';
import { run } from './run.ts';

/** Every command, in the order in which help lists them. Adding one is adding a file and a line. */
export const COMMANDS: readonly Command[] = [
  run,
  plan,
  build,
  rebuild,
  rebase,
  clusterCreate,
  clusterList,
  clusterShow,
  clusterScale,
  clusterDelete,
  clusterPrune,
  builderBuild,
  builderList,
  builderTest,
  builderUsage,
  init,
  doctor,
  completion,
];

/** What the first word of the commands of two words stands for. */
export const GROUPS: Readonly<Record<string, string>> = {
  cluster: 'Create, see, scale, delete and clean up clusters',
  builder: 'Compose, list and check builder images',
};

/** The front page of help. */
export const EXAMPLES: readonly Example[] = [
  { line: 'run pi', what: 'run a template application' },
  {
    line: 'run https://host/team/app.git#main -- --input data/',
    what: 'run what is in git, with arguments of its own',
  },
  { line: 'plan .', what: 'see what would be run from this folder' },
];
