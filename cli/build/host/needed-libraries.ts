import { type FileHandle, open } from 'node:fs/promises';

/** The shared libraries that a program or library says it needs, by the names that the loader looks for: `libpq.so.5`. None for what is no ELF file of a
 *  little-endian machine with 64 bits, or is cut off.
 *  Source: System V ABI, "Object Files" and "Dynamic Section". */
export async function neededLibraries(path: string): Promise<readonly string[]> {
  const file = await open(path);
  try {
    return await readNeeded(file);
  } finally {
    await file.close();
  }
}

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]);
const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const ENTRY_BYTES = 16;
/** Nobody's is larger: what says so is not read. */
const MAXIMUM_BYTES = 16 * 1_024 ** 2;
const SEGMENT = { load: 1, dynamic: 2 } as const;
const TAG = { end: 0, needed: 1, names: 5, namesBytes: 10 } as const;

async function readNeeded(file: FileHandle): Promise<readonly string[]> {
  const header = await read(file, 0, HEADER_BYTES);
  if (header === undefined || !header.subarray(0, MAGIC.length).equals(MAGIC)) return [];
  const count = header.readUInt16LE(56);
  const table = await read(file, numberAt(header, 32), count * SEGMENT_BYTES);
  if (table === undefined || header.readUInt16LE(54) !== SEGMENT_BYTES) return [];
  const segments = Array.from({ length: count }, (_, at) => segmentOf(table.subarray(at * SEGMENT_BYTES)));
  const dynamic = segments.find(({ type }) => type === SEGMENT.dynamic);
  const section = dynamic && (await read(file, dynamic.offset, dynamic.bytes));
  if (section === undefined) return [];
  const entries = entriesOf(section);
  const said = (tag: number): number => entries.find((entry) => entry.tag === tag)?.value ?? 0;
  const address = said(TAG.names);
  const place = segments.find(
    ({ type, address: start, bytes }) => type === SEGMENT.load && start <= address && address < start + bytes,
  );
  const names = place && (await read(file, place.offset + address - place.address, said(TAG.namesBytes)));
  if (names === undefined) return [];
  return entries.flatMap(({ tag, value }) => (tag === TAG.needed ? [textAt(names, value)] : []));
}

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

function segmentOf(bytes: Buffer): Segment {
  const [offset, address, size] = [numberAt(bytes, 8), numberAt(bytes, 16), numberAt(bytes, 32)];
  return { type: bytes.readUInt32LE(0), offset, address, bytes: size };
}

function entriesOf(section: Buffer): readonly { readonly tag: number; readonly value: number }[] {
  const count = Math.floor(section.length / ENTRY_BYTES);
  const all = Array.from({ length: count }, (_, at) => ({
    tag: numberAt(section, at * ENTRY_BYTES),
    value: numberAt(section, at * ENTRY_BYTES + 8),
  }));
  const end = all.findIndex(({ tag }) => tag === TAG.end);
  return end < 0 ? all : all.slice(0, end);
}

function numberAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset));
}

function textAt(names: Buffer, start: number): string {
  const end = names.indexOf(0, start);
  return names.toString('latin1', start, end < 0 ? names.length : end);
}

/** `undefined` where the file has less. */
async function read(file: FileHandle, position: number, bytes: number): Promise<Buffer | undefined> {
  if (bytes > MAXIMUM_BYTES || !Number.isSafeInteger(position)) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, position);
  return bytesRead === bytes ? buffer : undefined;
}
