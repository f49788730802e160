import { expect } from 'vitest';
import { parseProject, parseUserFile } from '../../../../cli/config/project-file.ts';
import { resolveSettings } from '../../../../cli/config/resolve-settings.ts';
import type { Environment, Flags, Settings } from '../../../../cli/config/settings.ts';

export interface Said {
  readonly flags?: Flags;
  readonly env?: Environment;
  /** The text of hibana.yaml without its version. */
  readonly project?: string;
  readonly user?: string;
  /** The files that can be read. */
  readonly files?: Readonly<Record<string, string>>;
}

export function settingsOf({ flags = {}, env = {}, project, user, files = {} }: Said): Settings {
  return resolveSettings({
    flags,
    env,
    project: project === undefined ? null : parseProject(`version: 1\n${project}`, 'hibana.yaml'),
    user: user === undefined ? null : parseUserFile(`version: 1\n${user}`, 'user.yaml'),
    defaultName: 'team/My_App.git',
    files: { isReadable: (path) => path in files, readText: (path) => files[path] },
  });
}

/** What `expect(…).toThrow` compares a ToolError with. */
export function toolError(code: string, message: RegExp | string) {
  return expect.objectContaining({ code, message: expect.stringMatching(message) });
}
