/** A line of /etc/passwd. Source: passwd(5). */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

export function parsePasswd(text: string): readonly PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = '', gecos = '', home = '', shell = ''] = line.split(':');
    const isEntry = name !== '' && /^\d+$/.test(uid) && /^\d+$/.test(gid);
    return isEntry ? [{ name, uid: Number(uid), gid: Number(gid), gecos, home, shell }] : [];
  });
}

export function formatPasswd({ name, uid, gid, gecos, home, shell }: PasswdEntry): string {
  return `${[name, 'x', uid, gid, gecos, home, shell].join(':')}\n`;
}
