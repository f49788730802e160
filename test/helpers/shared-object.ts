const [HEADER, SEGMENT, ENTRY] = [64, 56, 16];
const ADDRESS = 0x1000;

/** An ELF file of 64 bits, little-endian, that says which shared libraries it needs, and has nothing else. */
export function sharedObject(needed: readonly string[]): Buffer {
  const names = Buffer.from(`\0${needed.map((name) => `${name}\0`).join('')}`);
  const dynamicAt = HEADER + 2 * SEGMENT;
  const dynamicBytes = (needed.length + 3) * ENTRY;
  const namesAt = dynamicAt + dynamicBytes;
  const bytes = Buffer.alloc(namesAt + names.length);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeBigUInt64LE(BigInt(HEADER), 32);
  bytes.writeUInt16LE(SEGMENT, 54);
  bytes.writeUInt16LE(2, 56);
  const segment = (at: number, type: number, offset: number, size: number): void => {
    const start = HEADER + at * SEGMENT;
    bytes.writeUInt32LE(type, start);
    for (const [field, value] of [offset, ADDRESS + offset, ADDRESS + offset, size, size].entries())
      bytes.writeBigUInt64LE(BigInt(value), start + 8 + 8 * field);
  };
  segment(0, 1, 0, bytes.length);
  segment(1, 2, dynamicAt, dynamicBytes);
  const starts = needed.map((_, at) => 1 + needed.slice(0, at).reduce((sum, name) => sum + name.length + 1, 0));
  const entries = [[5, ADDRESS + namesAt], [10, names.length], ...starts.map((start) => [1, start]), [0, 0]];
  for (const [at, values] of entries.entries()) {
    for (const [half, value] of values.entries())
      bytes.writeBigUInt64LE(BigInt(value), dynamicAt + at * ENTRY + half * 8);
  }
  names.copy(bytes, namesAt);
  return bytes;
}
