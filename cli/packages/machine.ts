export type Environment = Readonly<Record<string, string | undefined>>;

/** The libc of a Linux: wheels are built against one and a least version of it. */
export interface Libc {
  readonly kind: 'glibc' | 'musl';
  readonly version: readonly [number, number];
}

/** What decides which wheels run here. */
export interface Machine {
  /** As Node says it: `linux`, `darwin`. */
  readonly platform: string;
  /** As Node says it: `x64`, `arm64`. */
  readonly arch: string;
  /** `null` where it is not Linux. */
  readonly libc: Libc | null;
}

/** Reads the answer of `getconf GNU_LIBC_VERSION` (`glibc 2.36`). musl has no such answer, and every musl of today is 1.2. */
export function libcFrom(answer: string | null): Libc {
  const match = /glibc (\d+)\.(\d+)/.exec(answer ?? '');
  return match ? { kind: 'glibc', version: [Number(match[1]), Number(match[2])] } : { kind: 'musl', version: [1, 2] };
}
