import { ToolError } from '../../core/errors.ts';
import type { LaunchRequest } from '../../core/launch-env.ts';
import type { Properties } from '../../core/properties.ts';
import { formatMemory, GIBIBYTE, sparkMemoryBytes } from '../../core/quantity.ts';
import { MILLICORES } from '../../core/run-values.ts';
import type { Image } from './read-image.ts';
import { type AskedSize, loneDriverHeap, overcommitted, type Room, sizeCluster } from './room.ts';
import type { Told } from './told.ts';

type Choice = LaunchRequest['cluster'];

export interface ChoiceInput {
  readonly image: Pick<Image, 'pythonCommand'>;
  readonly layout: LaunchRequest['layout'];
  readonly told: Told;
  readonly room: Room;
  readonly run: string;
  readonly leaseDirectory: string;
  /** What the job was asked to have. */
  readonly conf: Properties;
}

export interface ChosenCluster {
  readonly cluster: Choice;
  /** Properties that nobody set and that follow from the room. */
  readonly conf: Properties;
  readonly notices: readonly string[];
}

/** The cluster for a container: one that it was told of, else one of its own with what the container may use, else none, in a container that is
 *  too small for one.
 *  @throws {ToolError} USAGE, QUANTITY_INVALID */
export function chooseCluster(input: ChoiceInput): ChosenCluster {
  const target = input.told.values['cluster.attach'];
  switch (target?.kind) {
    case undefined:
      return fromParts(input);
    case 'attach':
    case 'named':
      return own(input, [`The cluster is this container's alone: nothing else will find it as "${target.name}"`]);
    case 'local':
      return alone(target.master, input, []);
    case 'connect':
      return { cluster: target, conf: {}, notices: [] };
    case 'url':
      return withShare({ kind: 'url', master: target.master, webUi: null, secretFile: null }, input);
  }
}

function fromParts(input: ChoiceInput): ChosenCluster {
  const { cluster } = input.told.parts;
  switch (cluster?.kind) {
    case undefined:
    case 'ephemeral':
      return own(input, []);
    case 'local':
      return alone(cluster.master, input, []);
    case 'connect':
      return { cluster, conf: {}, notices: [] };
    case 'url':
      return withShare(cluster, input);
    case 'attach':
      throw new ToolError('USAGE', `Cannot attach to "${cluster.name}": there are no shared clusters in a container`, {
        hint: 'Name the master by its URL, spark://HOST:PORT',
      });
  }
}

const DEFAULT_DRIVER_BYTES = GIBIBYTE;

function own(input: ChoiceInput, notices: readonly string[]): ChosenCluster {
  const { told, room, run, leaseDirectory, conf } = input;
  const given = told.parts.cluster?.kind === 'ephemeral' ? told.parts.cluster.spec : undefined;
  const asked = askedSize(told);
  const size: AskedSize = {
    workers: asked.workers ?? given?.workers,
    millicores: asked.millicores ?? given?.worker.millicores,
    memoryBytes: asked.memoryBytes ?? given?.worker.memoryBytes,
  };
  const driver = conf['spark.driver.memory'];
  const driverBytes = driver === undefined ? DEFAULT_DRIVER_BYTES : sparkMemoryBytes(driver);
  const fitting = sizeCluster(size, room, driverBytes);
  if (fitting === undefined) {
    return alone('local[*]', input, ['This container is too small for a cluster: the job runs in its driver alone']);
  }
  const owner = { run, directory: leaseDirectory };
  const spec = { ...{ name: run, owner, lease: { seconds: LEASE_SECONDS }, conf: given?.conf ?? {} }, ...fitting };
  const tooMuch = overcommitted(fitting, room, driverBytes);
  return {
    cluster: { kind: 'ephemeral', spec: { ...spec, worker: { ...spec.worker } } },
    conf: {},
    notices: [...notices, ...(tooMuch === undefined ? [] : [tooMuch])],
  };
}

const LEASE_SECONDS = 60;

/** A driver without executors has the room of all of them. */
function alone(master: string, { room, conf }: ChoiceInput, notices: readonly string[]): ChosenCluster {
  const heap = conf['spark.driver.memory'] === undefined ? loneDriverHeap(room) : undefined;
  const memory: Properties = heap === undefined ? {} : { 'spark.driver.memory': formatMemory(heap) };
  return { cluster: { kind: 'local', master }, conf: memory, notices };
}

type UrlChoice = Extract<Choice, { readonly kind: 'url' }>;

const DEFAULT_EXECUTORS = 2;

/** Workers elsewhere have nothing to do with the size of this container. Where they are of the same image they have the same paths; what is not
 *  there is no error to Python. */
function withShare(
  choice: Pick<UrlChoice, 'kind' | 'master' | 'webUi' | 'secretFile'> & Partial<UrlChoice>,
  { told, layout, image }: ChoiceInput,
): ChosenCluster {
  const { workers, millicores, memoryBytes } = askedSize(told);
  const given = choice.share;
  const share = {
    executors: workers ?? given?.executors ?? DEFAULT_EXECUTORS,
    executor: {
      millicores: millicores ?? given?.executor.millicores ?? MILLICORES,
      memoryBytes: memoryBytes ?? given?.executor.memoryBytes ?? GIBIBYTE,
    },
  };
  const webUi = told.values['cluster.ui'] ?? choice.webUi;
  const secretFile = told.values['cluster.secretFile'] ?? choice.secretFile;
  const { pythonPath = layout.pythonPath, python = image.pythonCommand } = choice;
  return { cluster: { ...choice, webUi, secretFile, share, pythonPath, python }, conf: {}, notices: [] };
}

function askedSize({ values }: Told): AskedSize {
  return {
    workers: values['cluster.workers'],
    millicores: values['cluster.worker.cores'],
    memoryBytes: values['cluster.worker.memory'],
  };
}
