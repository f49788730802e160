/** Reads JSON without the nulls that Go's programs write for what is not there; `undefined` for what is no JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(), (_, value) =>
      value === null ? undefined : value,
    );
  } catch {
    return undefined;
  }
}

/** The same entries in the order of their keys' code units, whatever order they were added in. */
export function sortKeys<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  const entries = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
