/** What a manifest or an index says of one blob or manifest. What else stands there is kept as it is.
 *  Source: OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  readonly size: number;
  /** Of a foreign layer: where it is, because no registry keeps it. */
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly artifactType?: string;
  /** In an index: for which machines the image is. */
  readonly platform?: Platform;
}

/** The machines for which an image is, in Go's words: `amd64`, `arm64`, `arm` with the variant `v7`. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}
