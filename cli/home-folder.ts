import { homedir } from 'node:os';

/** The user's home. `/` where there is none (a uid without a passwd entry, an empty HOME): only root may write there, so that
 *  the error names HIBANA_HOME, and no folder of ours appears wherever the command was given. */
export function homeFolder(): string {
  try {
    const home = homedir();
    return home.startsWith('/') ? home : '/';
  } catch {
    return '/';
  }
}
