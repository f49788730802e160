import { accessSync, constants } from 'node:fs';
import { ToolError } from '../../runtime/core/errors.ts';
import type { IndexToken } from '../packages/index-logins.ts';

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
    if (!isReadable(at(file))) throw new ToolError('FILE_UNREADABLE', `Cannot read the token file "${file}"`);
    return { host, file: at(file), username };
  });
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
