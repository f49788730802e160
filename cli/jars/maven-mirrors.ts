import type { Mirror, Repository } from './maven-settings.ts';

/** The mirror that stands for a repository: one that names it goes before one that matches by a pattern, then the first.
 *  Source: Maven's "Using Mirrors for Repositories", and its DefaultMirrorSelector. */
export function mirrorFor(repository: Repository, mirrors: readonly Mirror[]): Mirror | undefined {
  return (
    mirrors.find(({ mirrorOf }) => mirrorOf.trim() === repository.id) ??
    mirrors.find(({ mirrorOf }) => matchesPattern(mirrorOf, repository))
  );
}

function matchesPattern(pattern: string, repository: Repository): boolean {
  const words = pattern.split(',').map((word) => word.trim());
  if (words.includes(`!${repository.id}`)) return false;
  return words.some((word) => matchesWord(word, repository));
}

function matchesWord(word: string, { id, url }: Repository): boolean {
  if (word === '*' || word === id) return true;
  if (word === 'external:*') return isExternal(url);
  return word === 'external:http:*' && /^http:/i.test(url) && isExternal(url);
}

function isExternal(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return protocol !== 'file:' && hostname !== 'localhost' && hostname !== '127.0.0.1';
}
