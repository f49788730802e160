import type { Ctx } from '../../runtime/core/context.ts';
import type { IndexSettings } from '../packages/index-settings.ts';
import { type Check, findingOf, ok, warning } from './check.ts';

/** Which settings a fetch goes by: index, logins, proxy, authorities, and who said each; nothing that is secret. `read` throws for settings
 *  that cannot be used: its message and hint are the finding. */
export function networkCheck(read: (ctx: Ctx) => Promise<IndexSettings>): Check {
  return {
    name: 'network settings',
    run: async (ctx) => {
      try {
        return judge(await read(ctx));
      } catch (error) {
        ctx.signal.throwIfAborted();
        return findingOf(error);
      }
    },
  };
}

function judge(settings: IndexSettings): ReturnType<typeof ok> {
  const { insecureHosts } = settings;
  const detail = describeNetwork(settings).join('; ');
  if (insecureHosts.length === 0) return ok(detail);
  const unchecked = `${detail}; the certificate of ${insecureHosts.join(', ')} is not checked`;
  return warning(unchecked, 'Name the certificate authority with --ca-file, and take the host out of the trusted ones');
}

/** A sentence a setting; hosts of logins by name, so that somebody can see which one is missing. */
export function describeNetwork(settings: IndexSettings): readonly string[] {
  const { indexFrom, extraUrls, credentials, proxies, caFile, authorityFiles } = settings;
  const hosts = (urls: readonly string[]): string => [...new Set(urls.map((url) => new URL(url).host))].join(', ');
  const files = [...(caFile === null ? [] : [caFile]), ...new Set(authorityFiles)];
  return [
    `index ${hosts([settings.indexUrl])} (${indexFrom ?? 'the default'})`,
    ...(extraUrls.length > 0 ? [`further indexes ${hosts(extraUrls)}`] : []),
    ...(credentials.size > 0 ? [`logins for ${[...credentials.keys()].join(', ')}`] : []),
    proxies.from === null ? 'no proxy' : `proxy ${proxyHost(proxies.https || proxies.http)} (${proxies.from})`,
    files.length === 0 ? 'the usual authorities' : `the usual authorities and those in ${files.join(', ')}`,
  ];
}

/** Without its login. */
function proxyHost(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'that is no URL';
}
