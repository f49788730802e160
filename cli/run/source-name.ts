import { basename } from 'node:path';
import { nameFrom } from '../../runtime/core/names.ts';
import type { Source } from '../source/source.ts';

/** The name of an application when nobody says: the last part of its context directory, URL or folder. */
export function sourceName(source: Source): string {
  if (source.kind === 'template') return source.name;
  const place = source.kind === 'git' ? new URL(urlForm(source.url)).pathname : source.path;
  return nameFrom(source.contextDir ?? basename(place));
}

/** `git@host:team/app.git` as a URL. */
function urlForm(url: string): string {
  return url.includes('://') ? url : `ssh://${url.replace(':', '/')}`;
}
