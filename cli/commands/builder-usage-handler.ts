import { resolve } from 'node:path';
import type { Ctx } from '../../runtime/core/context.ts';
import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { platformOf } from '../build/machine-platform.ts';
import { readBuilderContract } from '../build/s2i/builder-contract.ts';
import { fetchScript } from '../build/s2i/fetch-script.ts';
import { type Script, scriptAt } from '../build/s2i/find-scripts.ts';
import { openContainers } from '../build/s2i/open-containers.ts';
import { runUsage } from '../build/s2i/run-usage.ts';
import { imagePlace, readBuilderImage } from '../builder/image-place.ts';
import { caFileOf, openRegistries } from '../builder/open-registries.ts';
import { readUsage } from '../builder/read-usage.ts';
import { parsePlatform } from '../image/choose-platform.ts';
import { type RunScope, withRun } from '../run/with-run.ts';
import type { definition } from './builder-usage.ts';
import type { AppContext, CommandArgs, CommandHandler } from './command.ts';

type Args = CommandArgs<typeof definition>;

/** Reads the text where it can be read, and runs the script where it cannot. */
export const usageCommand: CommandHandler<typeof definition> = async (args, app) => {
  const { state } = foldersFrom(app.env, app.home);
  const started = {
    name: 'builder-usage',
    stateFolder: state,
    launches: false,
    stopping: 'nothing is kept',
  } as const;
  const found = await withRun(started, app, (scope) => find(args, scope, app));
  await app.writeResult({ text: found.usage, data: { ...found } });
  return 0;
};

interface Found {
  readonly image: string;
  readonly digest: string;
  readonly usage: string;
}

async function find({ positionals, options }: Args, { ctx, guard }: RunScope, app: AppContext): Promise<Found> {
  await using registries = openRegistries(options, app);
  const place = imagePlace(positionals.image, { registries, cwd: app.cwd, pid: app.pid });
  const platform = options.arch === undefined ? platformOf(app.arch) : parsePlatform(options.arch);
  const image = await readBuilderImage(place, platform, ctx);
  const contract = readBuilderContract(image.config.config ?? {});
  const { 'scripts-url': chosen } = options;
  const scripts =
    chosen === undefined || chosen.includes('://') ? (chosen ?? contract.scriptsUrl) : resolve(app.cwd, chosen);
  const script = await scriptOf(scripts, place.name, options, app, ctx);
  const { name, store, ref } = place;
  const said = { image: name, digest: image.descriptor.digest };
  const inImage = script.kind === 'image' ? scripts?.slice('image://'.length) : undefined;
  const read = inImage === undefined ? undefined : await readUsage(image, inImage, store, ctx);
  if (read !== undefined) return { ...said, usage: read };
  const containers = await openContainers({ env: app.env, scratch: guard }, ctx);
  return {
    ...said,
    usage: await runUsage({ builder: { image, store, ref }, name, contract, script }, containers, ctx),
  };
}

async function scriptOf(
  place: string | null,
  name: string,
  options: Args['options'],
  app: AppContext,
  ctx: Ctx,
): Promise<Script> {
  const { env, home, platform, arch, pid } = app;
  const { cache } = foldersFrom(env, home);
  const toolchain = { cache, env, home, platform, arch, pid, extraEnv: {} };
  const fetch = fetchScript({ toolchain }, caFileOf(options, app.cwd));
  const script = place === null ? undefined : await scriptAt(place, 'usage', fetch, ctx);
  if (script !== undefined) return script;
  throw new ToolError('SCRIPTS_NOT_FOUND', `Cannot find the script "usage" of "${name}"`, {
    hint: 'Name the place that has it with --scripts-url',
  });
}
