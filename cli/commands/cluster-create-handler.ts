import { resolve } from 'node:path';
import type { ClusterSpec } from '../../runtime/core/cluster.ts';
import { LOCAL } from '../../runtime/core/cluster-target.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { checkName } from '../../runtime/core/names.ts';
import * as values from '../../runtime/core/run-values.ts';
import { parseProperty } from '../../runtime/core/submit-options.ts';
import { changeCluster } from '../cluster/change-cluster.ts';
import { createCluster } from '../cluster/create-cluster.ts';
import { checkWorkerFits, crowdWarning } from '../config/machine-fit.ts';
import { jobEnvironment } from '../run/job-environment.ts';
import { prepareStateFolder } from '../run/state-folder.ts';
import { withRun } from '../run/with-run.ts';
import type { definition } from './cluster-create.ts';
import type { CommandArgs, CommandHandler } from './command.ts';

type Options = CommandArgs<typeof definition>['options'];

export const createCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const { state, cache } = foldersFrom(app.env, app.home);
  const spec = specFrom(positionals.name, options);
  if (options.platform === 'docker') {
    const deadlineMs = values.parseDuration(options['cluster-timeout'] ?? '120s', '--cluster-timeout');
    const { createInDocker } = await import('../docker/cluster-handlers.ts');
    return createInDocker({ spec, image: options.image, deadlineMs, flags: options }, app);
  }
  const machineBytes = app.memoryBytes();
  checkWorkerFits(spec.worker, machineBytes);
  const warning = crowdWarning({ ...spec, driverBytes: 0 }, machineBytes);
  const deadlineMs = values.parseDuration(options['cluster-timeout'] ?? '120s', '--cluster-timeout');
  await prepareStateFolder(state);
  const input = { name: spec.name, stateFolder: state, launches: false, stopping: 'the cluster is being deleted' };
  const cluster = await withRun(input, app, async ({ ctx, marker }) => {
    if (warning !== null) ctx.emit({ type: 'notice', ...warning });
    const { env, home, platform, arch, pid, cwd } = app;
    const caFile = options['ca-file'] === undefined ? null : resolve(cwd, options['ca-file']);
    const index = { indexUrl: options['index-url'] ?? null, caFile };
    const toolchain = { cache, env, home, platform, arch, pid, extraEnv: marker, index };
    const wanted = {
      spec,
      spark: options.spark ?? null,
      python: options.python ?? null,
      java: options.java === undefined ? null : resolve(cwd, options.java),
    };
    const shared = { stateFolder: state, env: jobEnvironment(env), deadlineMs };
    const create = () => createCluster(wanted, shared, toolchain, ctx);
    return changeCluster({ stateFolder: state, name: spec.name, pid }, create, ctx);
  });
  const { name, master, webUi, spark } = cluster;
  await app.writeResult({
    text: `${name}: ${master}\nrun on it: hibana run SOURCE --cluster ${name}`,
    data: { cluster: { name, master, webUi, spark, workers: spec.workers, worker: spec.worker } },
  });
  return 0;
};

function specFrom(name: string, options: Options): ClusterSpec {
  if (name === LOCAL) {
    throw new ToolError('NAME_INVALID', `Cannot use "${name}" as the name of a cluster: it stands for none`, {
      hint: 'Choose another name',
    });
  }
  return {
    name: checkName(name),
    workers: values.parseWorkers(options.workers ?? '2', '--workers'),
    worker: {
      millicores: values.parseWorkerCores(options['worker-cores'] ?? '1', '--worker-cores'),
      memoryBytes: values.parseWorkerMemory(options['worker-memory'] ?? '1g', '--worker-memory'),
    },
    owner: null,
    lease: null,
    conf: Object.assign({}, ...options.conf.map(parseProperty)),
  };
}
