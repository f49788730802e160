import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RepositoryBehaviour {
  /** `user:password` that it asks for; `null` asks for none. */
  login: string | null;
  /** What it says the SHA-1 of a jar is. */
  checksum: 'right' | 'wrong' | 'none';
}

export interface MavenRepository extends AsyncDisposable {
  readonly url: string;
  readonly behaviour: RepositoryBehaviour;
  /** The paths that were asked for. */
  readonly requests: readonly string[];
}

export interface Artifact {
  /** `group:artifact:version` */
  readonly coordinates: string;
  readonly needs?: readonly string[];
  /** Default: an empty zip archive. */
  readonly jar?: Buffer;
}

const EMPTY_ZIP = Buffer.concat([Buffer.from('PK\u0005\u0006', 'latin1'), Buffer.alloc(18)]);

/** A Maven repository on 127.0.0.1 with these artifacts. */
export async function startMavenRepository(
  artifacts: readonly Artifact[],
  behaviour: Partial<RepositoryBehaviour> = {},
): Promise<MavenRepository> {
  const state: RepositoryBehaviour = { login: null, checksum: 'right', ...behaviour };
  const files = new Map(artifacts.flatMap(filesOf));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/maven\//, '');
    requests.push(path);
    const wanted = state.login === null ? undefined : `Basic ${Buffer.from(state.login).toString('base64')}`;
    const content = path.endsWith('.sha1') ? checksum(files.get(path.slice(0, -5)), path, state) : files.get(path);
    if (wanted !== undefined && request.headers.authorization !== wanted) response.writeHead(401).end();
    else if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-length': content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is one.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/maven`,
    behaviour: state,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function filesOf({ coordinates, needs = [], jar = EMPTY_ZIP }: Artifact): readonly (readonly [string, Buffer])[] {
  const [group = '', artifact = '', version = ''] = coordinates.split(':');
  const folder = `${group.replaceAll('.', '/')}/${artifact}`;
  const stem = `${folder}/${version}/${artifact}-${version}`;
  const metadata = `<metadata><versioning><versions><version>${version}</version></versions></versioning></metadata>`;
  return [
    [`${stem}.pom`, Buffer.from(pom(group, artifact, version, needs))],
    [`${stem}.jar`, jar],
    [`${folder}/maven-metadata.xml`, Buffer.from(metadata)],
  ];
}

function pom(group: string, artifact: string, version: string, needs: readonly string[]): string {
  const name = (text: string, scope = '') => {
    const [groupId, artifactId, number] = text.split(':');
    return `<groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${number}</version>${scope}`;
  };
  const dependencies = needs.map((one) => `<dependency>${name(one, '<scope>compile</scope>')}</dependency>`).join('');
  const self = name(`${group}:${artifact}:${version}`);
  return `<project><modelVersion>4.0.0</modelVersion>${self}<dependencies>${dependencies}</dependencies></project>`;
}

function checksum(content: Buffer | undefined, path: string, state: RepositoryBehaviour): Buffer | undefined {
  if (content === undefined || state.checksum === 'none') return undefined;
  if (state.checksum === 'wrong' && path.endsWith('.jar.sha1')) return Buffer.from('0'.repeat(40));
  return Buffer.from(createHash('sha1').update(content).digest('hex'));
}
