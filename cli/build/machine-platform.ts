import { LINUX } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';

/** Node's words for architectures that images have others for. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** An architecture in the words of images. */
export function architectureOf(arch: string): string {
  return ARCHITECTURES[arch] ?? arch;
}

/** The images that run on a machine, whatever its own system is. */
export function platformOf(arch: string): Platform {
  return { os: LINUX, architecture: architectureOf(arch) };
}
