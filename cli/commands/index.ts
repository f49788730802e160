import { build } from './build.ts';
import { builderBuild } from './builder-build.ts';
import { builderList } from './builder-list.ts';
import { builderTest } from './builder-test.ts';
import { builderUsage } from './builder-usage.ts';
import { cancel } from './cancel.ts';
import { clusterCreate } from './cluster-create.ts';
import { clusterDelete } from './cluster-delete.ts';
import { clusterList } from './cluster-list.ts';
import { clusterPrune } from './cluster-prune.ts';
import { clusterScale } from './cluster-scale.ts';
import { clusterShow } from './cluster-show.ts';
import type { Command, Example } from './command.ts';
import { completion } from './completion.ts';
import { remove } from './delete.ts';
import { deploy } from './deploy.ts';
import { doctor } from './doctor.ts';
import { history } from './history.ts';
import { init } from './init.ts';
import { install } from './install.ts';
import { list } from './list.ts';
import { logs } from './logs.ts';
import { open } from './open.ts';
import { plan } from './plan.ts';
import { rebase } from './rebase.ts';
import { rebuild } from './rebuild.ts';
import { redeploy } from './redeploy.ts';
import { rollback } from './rollback.ts';
import { run } from './run.ts';
import { runs } from './runs.ts';
import { start } from './start.ts';
import { status } from './status.ts';
import { uninstall } from './uninstall.ts';

/** Every command, in the order in which help lists them. Adding one is adding a file and a line. */
export const COMMANDS: readonly Command[] = [
  run,
  plan,
  build,
  rebuild,
  rebase,
  deploy,
  start,
  status,
  logs,
  list,
  runs,
  history,
  rollback,
  redeploy,
  cancel,
  remove,
  open,
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
  install,
  uninstall,
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
