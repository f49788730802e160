import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { readAuthorities } from '../../packages/certificates.ts';
import { runChild } from '../../toolchain/child.ts';
import type { GitUrl } from '../git-url.ts';
import type { OpenOptions } from '../options.ts';

/** The options with what the user's own git configuration says of the network for this URL: a proxy and authorities, and nothing that runs
 *  a program or carries a login. git itself then sees no configuration at all. `--ca-file` is trusted besides the usual authorities: git
 *  would trust it alone. `folder` is ours.
 *  @throws {ToolError} FILE_UNREADABLE for `caFile` */
export async function withOwnNetwork(
  url: GitUrl,
  { options, folder }: { readonly options: OpenOptions; readonly folder: string },
  ctx: Ctx,
): Promise<OpenOptions> {
  if (!/^https?$/.test(url.scheme)) return options;
  const found = await readHttpSettings(url, options, folder, ctx);
  const proxy = found.get('http.proxy');
  const env = {
    ...(found.has('http.sslcainfo') ? { GIT_SSL_CAINFO: found.get('http.sslcainfo') } : {}),
    ...(found.has('http.sslcapath') ? { GIT_SSL_CAPATH: found.get('http.sslcapath') } : {}),
    ...options.env,
    // In git the configuration goes before these variables.
    ...(proxy ? { http_proxy: proxy, https_proxy: proxy } : {}),
  };
  return { ...options, env, caFile: await besideTheUsual(options, folder) };
}

async function besideTheUsual({ caFile, env }: OpenOptions, folder: string): Promise<string | null> {
  if (caFile === null) return null;
  const authorityFiles = [env.GIT_SSL_CAINFO, env.SSL_CERT_FILE].flatMap((path) => path || []);
  const path = join(folder, 'authorities.pem');
  await writeFile(path, (await readAuthorities({ caFile, authorityFiles })).join('\n'));
  return path;
}

const DEADLINE_MS = 10_000;

/** By lower-case name; none where there is no git: that is told later. Source: git-config(1), `--get-urlmatch`: of several that match, the
 *  value of the best. */
async function readHttpSettings(
  url: GitUrl,
  { env, extraEnv }: OpenOptions,
  folder: string,
  ctx: Ctx,
): Promise<ReadonlyMap<string, string>> {
  const { PATH, HOME, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM } = env;
  const own = { PATH, HOME, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL, GIT_CONFIG_NOSYSTEM };
  const command = {
    file: 'git',
    args: ['config', '--get-urlmatch', 'http', url.text],
    // The user's and the system's files alone: not that of a repository which our folder may be in.
    env: { ...own, ...extraEnv, GIT_CEILING_DIRECTORIES: dirname(folder), LC_ALL: 'C' },
    cwd: folder,
    deadlineMs: DEADLINE_MS,
  };
  const result = await runChild(command, ctx).catch(() => undefined);
  ctx.signal.throwIfAborted();
  const lines = result?.status === 0 ? result.stdout.split('\n') : [];
  return new Map(
    lines.flatMap((line) => {
      const match = /^(http\.[a-z]+) (.+)$/i.exec(line);
      return match ? [[(match[1] ?? '').toLowerCase(), match[2] ?? ''] as const] : [];
    }),
  );
}
