import { ToolError } from '../../runtime/core/errors.ts';
import type { FileAccess } from '../config/settings.ts';
import type { Platform } from '../image/descriptor.ts';
import type { BuildRequest } from './build-request.ts';
import type { BuiltImage } from './find-built.ts';
import { IMAGE_LABELS, OCI_LABELS } from './image-labels.ts';
import { LOCAL_SCRIPTS, parseRecord, type RequestRecord } from './request-record.ts';
import { type ContractFlags, readContract } from './s2i/contract-options.ts';

export interface Rebuild {
  readonly image: BuiltImage;
  readonly platforms: readonly Platform[];
  /** As errors say it. */
  readonly name: string;
}

/** How a source was named when an image was built from it: its URL and the commit.
 *  @throws {ToolError} REBUILD_UNSUPPORTED */
export function recordedSource({ image, name }: Rebuild): string {
  const { source } = parseRecord(image.labels[IMAGE_LABELS.request], name);
  return `${source.url}#${recorded(image, OCI_LABELS.revision, name)}`;
}

/** The request that made an image, with what is needed to fetch and push from `now`: the same commit, builder, options and labels. What was said for the
 *  build alone was not kept: it is `now`'s.
 *  @throws {ToolError} REBUILD_UNSUPPORTED */
export function rebuildRequest(
  { image, platforms, name }: Rebuild,
  now: BuildRequest,
  given: ContractFlags,
  cwd: string,
): BuildRequest {
  const record = parseRecord(image.labels[IMAGE_LABELS.request], name);
  const { input } = now;
  const { ref: label, contextDir, submodules, lfs } = record.source;
  const { buildEnv } = input.flags;
  const source = input.source.kind === 'git' ? { ...input.source, contextDir } : input.source;
  return {
    ...now,
    platforms,
    labels: record.labels,
    isForced: true,
    contract: contractOf(record, name, given, cwd),
    input: {
      ...input,
      source,
      flags: { ...record.flags, ...(buildEnv === undefined ? {} : { buildEnv }) },
      env: record.env,
      files: recordedFiles(record, input.userFile),
      open: { ...input.open, submodules, lfs },
    },
    pinned: {
      commit: { commit: recorded(image, OCI_LABELS.revision, name), ref: null, label },
      builderDigest: recorded(image, IMAGE_LABELS.builderDigest, name),
    },
  };
}

/** Where the builder's scripts were run is for whoever rebuilds to say, not for the image; of what decided the result only the image knows.
 *  @throws {ToolError} REBUILD_UNSUPPORTED where the scripts came from a folder, and nobody names it; USAGE for options of containers without one */
function contractOf(
  { contract }: RequestRecord,
  name: string,
  given: ContractFlags,
  cwd: string,
): BuildRequest['contract'] {
  if (contract === undefined) return readContract(given, cwd);
  const read = readContract({ ...given, 'build-in': 'docker' }, cwd);
  const scriptsUrl = read?.scriptsUrl ?? contract.scriptsUrl;
  if (scriptsUrl === LOCAL_SCRIPTS) {
    throw new ToolError('REBUILD_UNSUPPORTED', `Cannot rebuild "${name}": its scripts came from a folder`, {
      hint: 'Name the folder with --scripts-url',
    });
  }
  return read === null ? null : { ...read, scriptsUrl, assembleUser: read.assembleUser ?? contract.assembleUser };
}

/** No file of this machine but the user's own, as it was. */
function recordedFiles({ user }: RequestRecord, userFile: string): FileAccess {
  return {
    isReadable: () => true,
    readText: (path) => (path === userFile ? (user ?? undefined) : undefined),
  };
}

function recorded({ labels }: BuiltImage, label: string, name: string): string {
  const text = labels[label];
  if (text !== undefined) return text;
  throw new ToolError('REBUILD_UNSUPPORTED', `Cannot rebuild "${name}": its label ${label} is missing`);
}
