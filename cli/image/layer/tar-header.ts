import type { LayerEntry } from '../layer-source.ts';

/** Seconds since the epoch that every file of a layer has: 1980-01-02T00:00:00Z. Not 1970, because no zip archive can hold what is older
 *  than 1980, and Python refuses to make one of such files; a day later, so that it is 1980 in every time zone. */
export const LAYER_TIME_SECONDS = 315_619_200;

export const TAR_BLOCK_BYTES = 512;

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
/** The largest numbers that fit a field in octal. */
const MAXIMUM_ID = 0o7777777;
const MAXIMUM_SIZE = 0o77777777777;

const TYPES = { file: '0', hardlink: '1', symlink: '2', directory: '5', whiteout: '0' } as const;
const PAX_TYPE = 'x';
const PAX_NAME = Buffer.from('PaxHeader');
const WHITEOUT_PREFIX = '.wh.';
const WHITEOUT_ATTRIBUTES = { mode: 0o644, uid: 0, gid: 0 };
const NO_TARGET = Buffer.alloc(0);

/** The header of an entry in an archive, one or more blocks of 512 bytes: `ustar`; before it a PAX header with `path`, `linkpath`, `size`, `uid`
 *  or `gid` where that one has no room or, for a name in another script, no charset. Bytes that are no UTF-8 are written as they are.
 *  Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Interchange Format". */
export function renderTarHeader(entry: LayerEntry): Buffer {
  const path = pathOf(entry);
  const target = entry.kind === 'symlink' || entry.kind === 'hardlink' ? entry.target : NO_TARGET;
  const size = entry.kind === 'file' ? entry.size : 0;
  const { mode, uid, gid } = entry.kind === 'whiteout' ? WHITEOUT_ATTRIBUTES : entry;
  const split = splitPath(path);
  const records = [
    ...(split === undefined || needsCharset(path) ? [paxRecord('path', path)] : []),
    ...(target.length > NAME_BYTES || needsCharset(target) ? [paxRecord('linkpath', target)] : []),
    ...(size > MAXIMUM_SIZE ? [paxRecord('size', size)] : []),
    ...(uid > MAXIMUM_ID ? [paxRecord('uid', uid)] : []),
    ...(gid > MAXIMUM_ID ? [paxRecord('gid', gid)] : []),
  ];
  const header = renderBlock({
    ...(split ?? { prefix: NO_TARGET, name: path.subarray(0, NAME_BYTES) }),
    type: TYPES[entry.kind],
    target: target.subarray(0, NAME_BYTES),
    mode: mode & 0o7777,
    uid: uid > MAXIMUM_ID ? 0 : uid,
    gid: gid > MAXIMUM_ID ? 0 : gid,
    size: size > MAXIMUM_SIZE ? 0 : size,
  });
  return records.length === 0 ? header : Buffer.concat([renderPax(Buffer.concat(records)), header]);
}

/** How many zeros follow so many bytes of content, to the next block. */
export function paddingOf(size: number): number {
  return (TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
}

function pathOf({ kind, path }: LayerEntry): Buffer {
  if (kind === 'directory') return Buffer.concat([path, Buffer.from('/')]);
  if (kind !== 'whiteout') return path;
  const at = path.lastIndexOf('/') + 1;
  return Buffer.concat([path.subarray(0, at), Buffer.from(WHITEOUT_PREFIX), path.subarray(at)]);
}

interface SplitPath {
  readonly prefix: Buffer;
  readonly name: Buffer;
}

/** At the last slash that leaves a prefix of at most 155 bytes; `undefined` when no slash does, or the rest has no room. */
function splitPath(path: Buffer): SplitPath | undefined {
  if (path.length <= NAME_BYTES) return { prefix: NO_TARGET, name: path };
  const slash = path.subarray(0, -1).lastIndexOf('/', PREFIX_BYTES);
  const name = path.subarray(slash + 1);
  return slash > 0 && name.length <= NAME_BYTES ? { prefix: path.subarray(0, slash), name } : undefined;
}

/** Whether readers could take the bytes for those of another charset: UTF-8 that is not ASCII. Of other bytes no charset says anything. */
function needsCharset(path: Buffer): boolean {
  if (path.every((byte) => byte < 0x80)) return false;
  return Buffer.from(path.toString()).equals(path);
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: Buffer | number): Buffer {
  const content = Buffer.concat([
    Buffer.from(` ${key}=`),
    typeof value === 'number' ? Buffer.from(String(value)) : value,
    Buffer.from('\n'),
  ]);
  const guess = content.length + String(content.length).length;
  const length = content.length + String(guess).length;
  return Buffer.concat([Buffer.from(String(length)), content]);
}

function renderPax(records: Buffer): Buffer {
  const header = renderBlock({
    prefix: NO_TARGET,
    name: PAX_NAME,
    type: PAX_TYPE,
    target: NO_TARGET,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: records.length,
  });
  return Buffer.concat([header, records, Buffer.alloc(paddingOf(records.length))]);
}

interface BlockFields extends SplitPath {
  readonly type: string;
  readonly target: Buffer;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
}

function renderBlock({ prefix, name, type, target, mode, uid, gid, size }: BlockFields): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES);
  name.copy(block, 0);
  writeOctal(block, 100, 7, mode);
  writeOctal(block, 108, 7, uid);
  writeOctal(block, 116, 7, gid);
  writeOctal(block, 124, 11, size);
  writeOctal(block, 136, 11, LAYER_TIME_SECONDS);
  block.fill(' ', 148, 156);
  block.write(type, 156, 'latin1');
  target.copy(block, 157);
  block.write('ustar\x0000', 257, 'latin1');
  // No names of user and group: they mean somebody else on every machine.
  writeOctal(block, 329, 7, 0);
  writeOctal(block, 337, 7, 0);
  prefix.copy(block, 345);
  writeOctal(block, 148, 6, checksumOf(block));
  block[154] = 0;
  return block;
}

function writeOctal(block: Buffer, at: number, digits: number, value: number): void {
  block.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
}

function checksumOf(block: Buffer): number {
  let sum = 0;
  // An iterator would take longer than all the rest of a header.
  for (let at = 0; at < TAR_BLOCK_BYTES; at += 1) sum += block[at] ?? 0;
  return sum;
}
