import { foldersFrom } from '../../runtime/core/folders.ts';
import type { Edges } from '../commands/command.ts';
import { createFileStore } from './file-store.ts';

/** What is deployed, for completion. */
export function deploymentNames({ env, home }: Pick<Edges, 'env' | 'home'>): Promise<readonly string[]> {
  return createFileStore(foldersFrom(env, home).state).names();
}
