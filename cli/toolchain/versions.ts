/** The uv that installs dependencies. Its version is part of what a set of dependencies is known by. */
export const UV_VERSION = '0.13.8';

/** Java as a wheel, in the order in which one is taken that fits: 21 runs every Spark of today but 3.5. */
export const JAVA_PACKAGES: readonly { readonly release: number; readonly version: string }[] = [
  { release: 21, version: '21.0.8.2' },
  { release: 25, version: '25.0.2.1' },
  { release: 17, version: '17.0.9.2' },
];
