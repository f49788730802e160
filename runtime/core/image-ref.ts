import { ToolError } from './errors.ts';

/** The name of an image: a tag or a digest or neither of a repository in a registry. */
export interface ImageRef {
  /** Host and port as the user means them, in lower case: `docker.io`, `registry.example:5000`. */
  readonly registry: string;
  /** `library/python`, `team/app`. */
  readonly repository: string;
  readonly tag: string | null;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string | null;
}

const DOCKER_HUB = 'docker.io';
/** Another name that Docker itself uses for the Hub. */
const DOCKER_HUB_ALIAS = 'index.docker.io';
const OFFICIAL = 'library/';
const DEFAULT_TAG = 'latest';
const MAXIMUM_REPOSITORY_LENGTH = 255;
const MAXIMUM_PORT = 65_535;

const HOST_PART = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const REGISTRY = new RegExp(`^(?:${HOST_PART}(?:\\.${HOST_PART})*|\\[[0-9a-f:]+\\])(?::(\\d+))?$`);
const REPOSITORY_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Reads `[HOST[:PORT]/]NAME[:TAG][@DIGEST]`. Without a host it is Docker Hub's, and there a name of one word is `library/NAME`; neither a tag
 *  nor a digest is made up. What `formatImageRef` prints is read as the same value.
 *  @throws {ToolError} IMAGE_NAME_INVALID, with what is wrong
 *  Source: grammar and defaults of Docker's references, github.com/distribution/reference. */
export function parseImageRef(text: string): ImageRef {
  checkCharacters(text);
  const [named = '', digest, ...more] = text.split('@');
  if (more.length > 0) throw invalid(text, 'it has more than one "@"');
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw invalid(text, `"${digest}" is not sha256: and 64 hexadecimal digits`, 'Copy the digest whole, in lower case');
  }
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const registry = isRegistry(first) ? readRegistry(first, text) : DOCKER_HUB;
  const { path, tag } = splitTag(isRegistry(first) ? named.slice(slash + 1) : named, text);
  return { registry, repository: readRepository(path, registry, text), tag, digest: digest ?? null };
}

/** The whole name: `docker.io/library/python:3.12`, `registry.example:5000/team/app@sha256:…`. */
export function formatImageRef({ registry, repository, tag, digest }: ImageRef): string {
  return `${registry}/${repository}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
}

/** What a registry or a layout is asked for: the digest; without one the tag, which is `latest` where none is said. */
export function referenceOf({ tag, digest }: ImageRef): string {
  return digest ?? tag ?? DEFAULT_TAG;
}

/** Whether a text is `sha256:` and 64 hexadecimal digits in lower case, the only kind of digest that is used here. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Whether a text can be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

function checkCharacters(text: string): void {
  if (text === '') throw invalid(text, 'it is empty');
  if (text.includes('://')) {
    throw invalid(text, 'it is a URL', 'Leave out what stands before the host: registry.example/team/app:v1');
  }
  const strange = /[^\w.:/@[\]-]/.exec(text)?.[0];
  if (strange !== undefined) throw invalid(text, `it has the character ${JSON.stringify(strange)}`);
}

/** As Docker decides: the first word is a host if no part of a repository could be written so. */
function isRegistry(word: string): boolean {
  return /[.:[]/.test(word) || word === 'localhost';
}

function readRegistry(word: string, text: string): string {
  const registry = word.toLowerCase();
  const match = REGISTRY.exec(registry);
  const isPortGood = match?.[1] === undefined || (Number(match[1]) >= 1 && Number(match[1]) <= MAXIMUM_PORT);
  if (!match || !isPortGood) throw invalid(text, `"${word}" is no host, nor a host and a port`);
  return registry === DOCKER_HUB_ALIAS ? DOCKER_HUB : registry;
}

function splitTag(path: string, text: string): { readonly path: string; readonly tag: string | null } {
  const colon = path.indexOf(':');
  if (colon < 0) return { path, tag: null };
  const tag = path.slice(colon + 1);
  if (!TAG.test(tag)) {
    throw invalid(
      text,
      `"${tag}" is no tag`,
      'Make a tag of at most 128 letters, digits, "_", "." and "-", beginning with none of the last two',
    );
  }
  return { path: path.slice(0, colon), tag };
}

function readRepository(path: string, registry: string, text: string): string {
  if (path === '') throw invalid(text, 'it names no repository');
  if (path !== path.toLowerCase()) {
    throw invalid(text, `"${path}" has upper-case letters`, `Write "${path.toLowerCase()}"`);
  }
  const bad = path.split('/').find((part) => !REPOSITORY_PART.test(part));
  if (bad !== undefined) throw invalid(text, `"${bad}" can be no part of a name`);
  const repository = registry === DOCKER_HUB && !path.includes('/') ? `${OFFICIAL}${path}` : path;
  if (repository.length > MAXIMUM_REPOSITORY_LENGTH) {
    throw invalid(text, `its name has ${repository.length} characters, more than ${MAXIMUM_REPOSITORY_LENGTH}`);
  }
  return repository;
}

function invalid(text: string, why: string, hint?: string): ToolError {
  return new ToolError('IMAGE_NAME_INVALID', `Cannot use "${text}" as the name of an image: ${why}`, {
    details: { name: text },
    ...(hint === undefined ? {} : { hint }),
  });
}
