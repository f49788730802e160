import type { Ctx } from '../../runtime/core/context.ts';
import { ERROR_CATALOG } from '../../runtime/core/error-catalog.ts';
import { step } from '../../runtime/core/events.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { platformOf } from '../build/machine-platform.ts';
import { openContainers } from '../build/s2i/open-containers.ts';
import { checkBuilder, wantsForCheck } from '../builder/check-builder.ts';
import { findInImage } from '../builder/find-in-image.ts';
import { type ImagePlace, imagePlace, readBuilderImage } from '../builder/image-place.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { runInBuilder } from '../builder/run-in-builder.ts';
import type { CheckResult } from '../doctor/check.ts';
import { findingsText, summary } from '../doctor/findings-text.ts';
import { parsePlatform } from '../image/choose-platform.ts';
import type { Platform } from '../image/descriptor.ts';
import type { StoredImage } from '../image/read-image.ts';
import { withRun } from '../run/with-run.ts';
import type { definition } from './builder-test.ts';
import type { CommandHandler } from './command.ts';

/** Reads all layers; runs nothing unless it is asked to. */
export const testCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const platform = options.arch === undefined ? platformOf(app.arch) : parsePlatform(options.arch);
  const { state } = foldersFrom(app.env, app.home);
  const started = { name: 'builder-test', stateFolder: state, launches: false, stopping: 'nothing is kept' };
  const results = await withRun(started, app, async ({ ctx, guard }) => {
    await using registries = openRegistries(options, app);
    const place = imagePlace(positionals.image, { registries, cwd: app.cwd, pid: app.pid });
    const { image, checks } = await step(ctx, 'layers', () => readAll(place, platform, ctx));
    if (!options.run) return checks;
    const containers = await openContainers({ env: app.env, scratch: guard }, ctx);
    const kept = { image, store: place.store, ref: place.ref };
    const job = await runInBuilder(kept, containers, ctx);
    return [...checks, job];
  });
  const failed = results.some(({ state: how }) => how === 'failure');
  const error = { code: 'CHECK_FAILED', message: summary(results), hint: ERROR_CATALOG.CHECK_FAILED.hint };
  await app.writeResult({ text: findingsText(results), data: { checks: results }, ...(failed ? { error } : {}) });
  return failed ? ExitCode.checkFailed : ExitCode.ok;
};

interface Read {
  readonly image: StoredImage;
  readonly checks: readonly CheckResult[];
}

async function readAll(
  place: ImagePlace,
  platform: Platform,
  ctx: Ctx,
): Promise<{ readonly result: Read; readonly detail: string }> {
  const image = await readBuilderImage(place, platform, ctx);
  ctx.emit({ type: 'step-progress', step: 'layers', doing: 'reads the layers' });
  const { layers } = image.manifest;
  const found = await findInImage({ store: place.store, layers, wants: wantsForCheck }, ctx);
  return { result: { image, checks: checkBuilder(image, found, place.name) }, detail: `${layers.length} read` };
}
