import type { IndexFile } from './simple-index.ts';

/** The files of a project's page in the older form: one link a file, its hash in the fragment. Few indexes give times in it. */
export function parseSimpleHtml(content: string, pageUrl: string): readonly IndexFile[] {
  const base = attribute(/<base\s([^>]*)>/i.exec(content)?.[1] ?? '', 'href');
  const from = (base === undefined ? undefined : URL.parse(base, pageUrl)?.href) ?? pageUrl;
  return [...content.matchAll(LINK)].flatMap(([, attributes = '', label = '']) => {
    const href = attribute(attributes, 'href');
    const url = href === undefined ? null : URL.parse(href, from);
    if (url === null) return [];
    const sha256 = /^#sha256=([0-9a-f]{64})/i.exec(url.hash)?.[1]?.toLowerCase() ?? null;
    url.hash = '';
    const isYanked = attribute(attributes, 'data-yanked') !== undefined;
    const uploadTime = attribute(attributes, 'data-upload-time') ?? null;
    return [{ filename: unescapeText(label.trim()), url: url.href, sha256, isYanked, uploadTime }];
  });
}

const LINK = /<a\s([^>]*)>([^<]*)<\/a>/gi;

function attribute(attributes: string, name: string): string | undefined {
  const match = new RegExp(`(?:^|\\s)${name}(?:\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+)))?(?=\\s|$)`, 'i').exec(
    attributes,
  );
  return match ? unescapeText(match[1] ?? match[2] ?? match[3] ?? '') : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };

function unescapeText(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|#x27);/gi, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
}
