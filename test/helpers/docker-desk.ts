import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CliEnd, type CliProcess, type Home, makeHome, runCli, startCli } from './cli.ts';
import type { DockerWorkshop } from './docker-workshop.ts';
import { leftovers } from './leftovers.ts';

/** Where somebody deploys to the daemon of a workshop, with records of their own. */
export interface DockerDesk extends AsyncDisposable {
  readonly home: Home;
  readonly start: (...args: readonly string[]) => CliProcess;
  readonly hibana: (...args: readonly string[]) => Promise<CliEnd>;
  /** With `--output json`: the document, and how the command ended. */
  // The tests say what they expect of it.
  // biome-ignore lint/suspicious/noExplicitAny: a document of any command
  readonly ask: (...args: readonly string[]) => Promise<any>;
  /** The images of what is deployed, by the names that they have because of it. */
  readonly images: () => Promise<readonly string[]>;
  /** All that there is of it: containers, networks, volumes, images, processes and files of runs. */
  readonly left: () => Promise<readonly string[]>;
}

export async function openDockerDesk(workshop: DockerWorkshop): Promise<DockerDesk> {
  const home = await makeHome();
  const options = { env: workshop.env };
  const images = async (): Promise<readonly string[]> => {
    const all = await workshop.docker.listImages();
    return all.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name.includes('/hibana-deploy'));
  };
  return {
    home,
    start: (...args) => startCli(args, home, options),
    hibana: (...args) => runCli(args, home, options),
    ask: async (...args) => {
      const at = args.indexOf('--');
      const words = at < 0 ? [...args, '-o', 'json'] : [...args.slice(0, at), '-o', 'json', ...args.slice(at)];
      const end = await runCli(words, home, options);
      return { ...JSON.parse(end.stdout), end };
    },
    images,
    left: async () => [...(await workshop.left()), ...(await images()), ...(await leftovers(home))],
    [Symbol.asyncDispose]: async () => {
      // A test that failed leaves nothing to the next one.
      for (const name of await readdir(join(home.stateFolder, 'deployments')).catch(() => []))
        await runCli(['delete', name], home, options);
      await home[Symbol.asyncDispose]();
    },
  };
}
