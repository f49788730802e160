import type { IndexToken } from '../packages/index-logins.ts';
import { checkTokenFile } from './token-file.ts';

export interface TokenFlags {
  readonly 'index-token-file': readonly string[];
  readonly 'index-username'?: string | undefined;
}

/** `--index-token-file [HOST=]FILE`, with each file as seen from where the command was given.
 *  @throws {ToolError} FILE_UNREADABLE */
export function indexTokens(flags: TokenFlags, at: (path: string) => string): readonly IndexToken[] {
  const { 'index-token-file': texts, 'index-username': username } = flags;
  return texts.map((text) => {
    const [, host = null, file = ''] = /^(?:([^=/]+)=)?(.+)$/.exec(text) ?? [];
    checkTokenFile(file, at(file));
    return { host, file: at(file), username };
  });
}
