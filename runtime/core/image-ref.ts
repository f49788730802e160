/** The name of an image: a tag or a digest or neither of a repository in a registry. */
export interface ImageRef {
  /** Host and port as the user means them: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  /** `library/python`, `team/app`. */
  readonly repository: string;
  readonly tag: string | null;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | null;
}
