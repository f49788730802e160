import { ToolError } from '../../runtime/core/errors.ts';
import { foldersFrom } from '../../runtime/core/folders.ts';
import { parseDuration } from '../../runtime/core/run-values.ts';
import { connectDocker } from '../../runtime/platform/docker/connect-docker.ts';
import { type Destination, parseDestination } from '../build/destination.ts';
import { parsePlatforms } from '../build/platforms.ts';
import { checkContainerPlatforms } from '../build/s2i/contract-options.ts';
import type { BuiltBuilder } from '../builder/build-builder.ts';
import { extendBuilder } from '../builder/extend-builder.ts';
import type { Extension } from '../builder/extensions.ts';
import { imagePlace } from '../builder/image-place.ts';
import { caFileOf, openRegistries } from '../builder/open-registries.ts';
import { withRun } from '../run/with-run.ts';
import type { definition } from './builder-build.ts';
import { openStore, refuseOptions } from './builder-build-handler.ts';
import type { AppContext, CommandArgs } from './command.ts';

export interface Extended {
  readonly destination: Destination;
  readonly built: BuiltBuilder;
}

/** Extends a builder in the Docker daemon, and brings it to its destination.
 *  @throws {ToolError} USAGE, DOCKER_UNREACHABLE, and what extendBuilder throws */
export async function extend(
  what: Extension,
  { options }: CommandArgs<typeof definition>,
  app: AppContext,
): Promise<Extended> {
  refuseOptions(options, ['spark', 'python', 'libc', 'index-url'], `"${what.name}": it has what its builder has`);
  if (options.base === undefined) {
    throw new ToolError('USAGE', `Cannot build "${what.name}" without the builder that it extends`, {
      hint: 'Name it with --base registry.example/hibana-python:3.12, or oci:DIR[:TAG]',
    });
  }
  const { base: name, arch, 'build-network': network = 'bridge', 'build-timeout': timeout = '1h' } = options;
  const destination = parseDestination(options, app.cwd);
  const platforms = parsePlatforms(arch, app.arch);
  checkContainerPlatforms(platforms, app.arch, 'Leave out --arch: this one is made on a machine of its kind');
  const [platform] = platforms;
  if (platform === undefined) throw new Error('a build for no platform');
  const timeoutMs = parseDuration(timeout, '--build-timeout');
  const { state } = foldersFrom(app.env, app.home);
  const stopping = 'what the daemon has made is being deleted';
  const started = { name: `builder-${what.name}`, stateFolder: state, launches: false, stopping };
  const built = await withRun(started, app, async ({ ctx, guard }) => {
    await using registries = openRegistries(options, app);
    const docker = await connectDocker(app.env, ctx);
    const base = imagePlace(name, { registries, cwd: app.cwd, pid: app.pid });
    const store = await openStore(destination, base.ref === null ? [] : [base.ref], { registries, app }, ctx);
    const { env, root } = app;
    const place = { base, platform, destination: store, tags: destination.tags, scratch: await guard(), root };
    const request = { what, ...place, network, timeoutMs, caFile: caFileOf(options, app.cwd), env };
    return await extendBuilder(request, docker, ctx);
  });
  return { destination, built };
}
