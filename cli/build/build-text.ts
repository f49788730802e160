import prettyBytes from 'pretty-bytes';
import type { BuildResult, BuiltLayer } from './build-result.ts';

/** What a dry run found, for people. */
export function describeBuild(name: string, { unchanged, written, platforms }: BuildResult): string {
  const tags = written.length === 0 ? 'no tag' : written.join(', ');
  if (unchanged !== null) return [name, `is there already (same ${unchanged}); would write ${tags}`].join('\n');
  const lines = platforms.flatMap(({ platform, digest, layers }) => [
    `${platform}  ${digest}`,
    ...layers.map((layer) => `  ${layer.kind.padEnd(12)}  ${prettyBytes(layer.bytes).padStart(8)}  ${fateOf(layer)}`),
  ]);
  return [name, ...lines, `would write ${tags}`].join('\n');
}

function fateOf({ arrival }: BuiltLayer): string {
  return arrival === null ? 'would be uploaded' : 'is there';
}
