import { writeFile } from 'node:fs/promises';

/** Compares git's whole question, so that a redirect or a submodule on another host gets no answer. */
const SCRIPT = `#!/bin/sh
case $1 in
  "$HIBANA_GIT_ASKS_USERNAME") printf '%s\\n' "$HIBANA_GIT_USERNAME" ;;
  "$HIBANA_GIT_ASKS_PASSWORD") exec cat -- "$HIBANA_GIT_TOKEN_FILE" ;;
  *) exit 1 ;;
esac
`;

/** Writes the program that git asks for credentials. It holds none: the token stays in its file, out of every argument list,
 *  environment and URL. */
export async function writeAskpass(path: string): Promise<string> {
  await writeFile(path, SCRIPT, { mode: 0o700, flag: 'wx' });
  return path;
}
