import { ERROR_CATALOG } from '../../runtime/core/error-catalog.ts';
import { step } from '../../runtime/core/events.ts';
import { ExitCode } from '../../runtime/core/exit-codes.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { platformOf } from '../build/machine-platform.ts';
import { checkBuilder, wantsForCheck } from '../builder/check-builder.ts';
import { findInImage } from '../builder/find-in-image.ts';
import { imagePlace, readBuilderImage } from '../builder/image-place.ts';
import { openRegistries } from '../builder/open-registries.ts';
import { findingsText, summary } from '../doctor/findings-text.ts';
import { parsePlatform } from '../image/choose-platform.ts';
import { withRun } from '../run/with-run.ts';
import type { definition } from './builder-test.ts';
import type { CommandHandler } from './command.ts';

/** Reads all layers, and runs nothing. */
export const testCommand: CommandHandler<typeof definition> = async ({ positionals, options }, app) => {
  const platform = options.arch === undefined ? platformOf(app.arch) : parsePlatform(options.arch);
  const { state } = foldersFrom(app.env, app.home);
  const started = { name: 'builder-test', stateFolder: state, needsLauncher: false, stopping: 'nothing is kept' };
  const results = await withRun(started, app, async ({ ctx }) => {
    await using registries = openRegistries(options, app);
    const place = imagePlace(positionals.image, { registries, cwd: app.cwd, pid: app.pid });
    return await step(ctx, 'layers', async () => {
      const image = await readBuilderImage(place, platform, ctx);
      ctx.emit({ type: 'step-progress', step: 'layers', doing: 'reads the layers' });
      const { layers } = image.manifest;
      const found = await findInImage({ store: place.store, layers, wants: wantsForCheck }, ctx);
      return { result: checkBuilder(image, found, place.name), detail: `${layers.length} read` };
    });
  });
  const failed = results.some(({ state: how }) => how === 'failure');
  const error = { code: 'CHECK_FAILED', message: summary(results), hint: ERROR_CATALOG.CHECK_FAILED.hint };
  await app.writeResult({ text: findingsText(results), data: { checks: results }, ...(failed ? { error } : {}) });
  return failed ? ExitCode.checkFailed : ExitCode.ok;
};
