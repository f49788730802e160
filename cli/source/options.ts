import type { ResolvedRef } from './git/resolve-ref.ts';

/** What may be shown to one host, and to no other. Files are read when they are needed; nothing of them is kept. */
export interface GitCredential {
  /** A file whose first line is a token or a password; for http(s). */
  readonly tokenFile?: string;
  /** Default `git`, which the big forges take beside a token. */
  readonly username?: string;
  /** A private key without a passphrase; for ssh. Without it the user's own agent and keys are asked. */
  readonly sshKeyFile?: string;
  /** Host keys to trust; with it an unknown host is refused, without it the first key seen is kept as ssh does. */
  readonly knownHostsFile?: string;
}

/** By host as `gitHost(url)` writes it: `git.example.org`, `127.0.0.1:8080`. Another port is another host. */
export type GitCredentials = Readonly<Record<string, GitCredential>>;

export interface OpenOptions {
  /** An existing private folder; what is fetched or copied goes into a folder of its own in there. */
  readonly scratch: string;
  readonly templatesDir: string;
  /** Fetch submodules too: same host only, each URL checked like the first. */
  readonly submodules: boolean;
  /** Fetch the files that git LFS keeps elsewhere; needs git-lfs. */
  readonly lfs: boolean;
  readonly credentials: GitCredentials;
  /** Certificate authorities for https, PEM; `null` takes git's own. */
  readonly caFile: string | null;
  /** For everything git does together; default 10 minutes. */
  readonly totalTimeoutMs?: number;
  /** Without a byte from git; default 60 seconds. */
  readonly silenceTimeoutMs?: number;
  /** The environment of this process: PATH, HOME, SSH_AUTH_SOCK, proxies and certificates are taken from it, and nothing else. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The commit, where `findCommit` has found it: the server is not asked again. */
  readonly resolved?: ResolvedRef;
  /** Added to the environment of every child: the mark of the run. */
  readonly extraEnv: Readonly<Record<string, string>>;
}
