/** A builder that a Docker daemon makes of another one, by the Dockerfile in `builder-images/<builder>`. */
export interface Extension {
  readonly name: string;
  /** For lists: what it is. */
  readonly summary: string;
  /** Which builder it extends: what its label says. */
  readonly builder: string;
}

/** Every one of them. */
export const EXTENSIONS: readonly Extension[] = [
  {
    name: 'python-devel',
    summary: 'the builder for Python with a compiler and headers, made by the Docker daemon',
    builder: 'python',
  },
];

/** `undefined` where it is none. */
export function findExtension(name: string): Extension | undefined {
  return EXTENSIONS.find((known) => known.name === name);
}
