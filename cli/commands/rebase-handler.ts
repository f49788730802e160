import { foldersFrom } from '../../runtime/core/folders.ts';
import { parseImageRef } from '../../runtime/core/image-ref.ts';
import { formatBuilt, parseTags } from '../build/destination.ts';
import { openBuilder, openDestination, openReferrers, parsePlace, repositoriesOf } from '../build/open-places.ts';
import { openRebase } from '../build/open-rebase.ts';
import { rebaseImage } from '../build/rebase-image.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { type RunInput, withRun } from '../run/with-run.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './rebase.ts';

/** Reads the image and both builders, and no layer of them. */
export const rebaseCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const { destination, reference } = parsePlace(positionals.image, app.cwd);
  const tags = options.tag.length > 0 ? parseTags(options.tag) : destination.tags;
  const mirror = options['base-mirror'] === undefined ? null : parseImageRef(options['base-mirror']);
  const { state: stateFolder } = foldersFrom(app.env, app.home);
  const begun: RunInput = { name: 'rebase', stateFolder, launches: false, stopping: 'the image stays as it is' };
  const result = await withRun(begun, app, async ({ ctx, guard }) => {
    await using registries = openRegistries(options, app);
    const tools = { registries, env: app.env, cwd: app.cwd, pid: app.pid };
    const from = mirror === null ? repositoriesOf([options.base]) : [mirror];
    const store = await openDestination(destination, from, tools, ctx);
    const referrers = options['no-sbom'] ? null : openReferrers(destination, from, tools);
    const place = { store, ref: destination.kind === 'registry' ? destination.ref : null };
    const builder = (name: string) => openBuilder(name, mirror, tools);
    const wanted = { place, reference, name: positionals.image, base: options.base ?? null, builder };
    const rebase = await openRebase(wanted, ctx);
    return await rebaseImage({ ...rebase, tags, referrers, scratch: await guard() }, ctx);
  });
  const image = formatBuilt(destination, result.digest);
  await app.writeResult({ text: image, data: { image, ...result } });
  return 0;
};
