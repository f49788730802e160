/** The parts of a package URL; those of `qualifiers` without a text are left out. */
export interface PackageUrl {
  /** `pypi`, `maven`, `oci` */
  readonly type: string;
  readonly namespace?: string;
  readonly name: string;
  readonly version: string | null;
  readonly qualifiers?: Readonly<Record<string, string | null | undefined>>;
}

/** The name of a package that other tools know it by: `pkg:pypi/numpy@2.0.0`, `pkg:oci/app@sha256:…?arch=amd64`.
 *  Source: ECMA-427, Package-URL. */
export function formatPurl({ type, namespace, name, version, qualifiers = {} }: PackageUrl): string {
  const path = [type, ...(namespace === undefined ? [] : [namespace]), name].map(encode).join('/');
  const given = Object.entries(qualifiers).flatMap(([key, text]) => (text ? [`${key}=${encode(text)}`] : []));
  const query = given.length === 0 ? '' : `?${given.toSorted().join('&')}`;
  return `pkg:${path}${version === null ? '' : `@${encode(version)}`}${query}`;
}

/** All signs but letters, digits, `.`, `-`, `_`, `~` and `:`. */
function encode(text: string): string {
  const escaped = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll('%3A', ':');
}
