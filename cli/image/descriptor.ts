/** What a manifest or an index says of one blob or manifest.
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
}
