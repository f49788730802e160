/** A repository's URL as an image may say it: without a password or a token, and for http(s) without a user. A user of ssh stays: without it nobody
 *  could fetch from there. */
export function labelUrl(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)@(.*)$/is.exec(url);
  if (match === null) return url.replace(/^([^@/:]+):[^@/]*@/, '$1@');
  const [, scheme = '', user = '', rest = ''] = match;
  const name = /^ssh:/i.test(scheme) ? user.replace(/:.*/s, '') : '';
  return `${scheme}${name === '' ? '' : `${name}@`}${rest}`;
}
