import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Ctx } from '../../../runtime/core/context.ts';
import { ToolError } from '../../../runtime/core/errors.ts';
import { orAborted } from '../../../runtime/core/or-aborted.ts';
import type { BuildContainer, ContainerHost, ContainerSpec } from './build-container.ts';
import type { Script } from './find-scripts.ts';
import { type ContainerInput, sendInput } from './send-input.ts';

export interface ScriptRun {
  readonly name: 'assemble' | 'save-artifacts' | 'usage' | 'job';
  readonly script: Script;
  readonly args?: readonly string[];
  readonly container: Omit<ContainerSpec, 'command' | 'memoryFolders'>;
  /** Where what is sent is unpacked. */
  readonly destination: string;
  readonly input: ContainerInput;
  /** A file for its standard output; `null` tells it with the rest. */
  readonly output: string | null;
  /** What the caller waits for at most. A container that nobody ends, because the connection's end was never noticed, ends by itself a little later. */
  readonly withinMs: number;
}

/** A script that has ended, in its container, where nothing else runs any more. Disposing deletes it. */
export interface EndedScript extends AsyncDisposable {
  readonly container: BuildContainer;
  readonly status: number;
}

/** Where secrets are while a script runs. */
export const SECRETS_FOLDER = '/run/secrets';

/** Runs a script of a builder. Its container lives as long as we hold its standard input, whatever ends us: then it ends, and its daemon deletes it.
 *  So the container does not end with the script, which we are told by a line of its output.
 *  @throws {ToolError} CONTAINER_FAILED for a container that was ended from outside, and what the host throws; rejects with `signal.reason` on abort */
export async function runScript(
  run: ScriptRun,
  host: ContainerHost,
  onLine: (line: string) => void,
  ctx: Ctx,
): Promise<EndedScript> {
  const { variables, env } = divide(run);
  const marker = randomBytes(MARKER_BYTES).toString('hex');
  const told = Promise.withResolvers<number>();
  await using stack = new AsyncDisposableStack();
  const onOutput = withoutStatus(marker, onLine, told.resolve);
  const container = stack.use(await host.start(specOf(run, env, marker), onOutput, ctx));
  await sendInput(container.input, { ...run.input, variables, marker }, ctx);
  const status = await orAborted(Promise.race([told.promise, untold(container, run)]), ctx);
  const held = stack.move();
  return { container, status, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

const MARKER_BYTES = 16;
const MS_PER_SECOND = 1_000;
const GRACE_SECONDS = 60;

/** Variables for the script alone may have a password in them, that of a proxy or an index: they are sent, because daemons show and keep those of a
 *  container. What is no variable of a shell, or none that it lets be set, cannot be sent. */
function divide({ input, container }: ScriptRun) {
  const isSent = ([name]: readonly [string, string]): boolean => IDENTIFIER.test(name) && !READ_ONLY.has(name);
  const all = Object.entries(input.variables);
  const others = all.filter((entry) => !isSent(entry)).map(([name, value]) => `${name}=${value}`);
  return { variables: Object.fromEntries(all.filter(isSent)), env: [...container.env, ...others] };
}

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const READ_ONLY = new Set(['UID', 'EUID', 'PPID', 'SHELLOPTS', 'BASHOPTS']);

function specOf(run: ScriptRun, env: readonly string[], marker: string): ContainerSpec {
  const { name, script, args = [], container, destination, output, withinMs } = run;
  const path = script.kind === 'image' ? script.path : posix.join(destination, 'scripts', script.name);
  const seconds = Math.ceil(withinMs / MS_PER_SECOND) + GRACE_SECONDS;
  const program = programFor(output);
  return {
    ...container,
    env,
    memoryFolders: [SECRETS_FOLDER],
    command: ['/bin/sh', '-c', program, name, SECRETS_FOLDER, destination, path, marker, String(seconds), ...args],
  };
}

/** What the container runs. Its variables have names that nobody else's have: one that the builder has too would change for its script.
 *  Only a container's first process may end all others: anywhere else they would be those of the machine. */
function programFor(output: string | null): string {
  return [
    'set -eu',
    'exec 2>&1',
    'hibana_text=',
    'while IFS= read -r hibana_name && [ "$hibana_name" != "$4" ]; do hibana_text="$hibana_text$hibana_name',
    '"; done',
    'eval "$hibana_text"',
    // Secrets come next, a line each, because `read` takes no byte more than its line. Nothing of them is an argument.
    'umask 077',
    'while IFS= read -r hibana_name && [ -n "$hibana_name" ]; do',
    '  IFS= read -r hibana_data; printf %s "$hibana_data" | base64 -d > "$1/$hibana_name"',
    'done',
    'umask 022',
    // GNU tar would read to the end of the pipe, which is the end of all.
    'IFS= read -r hibana_size',
    'head -c "$hibana_size" | tar -C "$2" -xf -',
    'exec 4<&0 </dev/null',
    'trap "exit 143" TERM',
    'hibana_end() { [ "$$" != 1 ] || kill -KILL -1 || true; }',
    'hibana_leash() {',
    '  (while IFS= read -r hibana_name; do :; done; kill -TERM "$$"; hibana_end) <&4 >/dev/null 2>&1 &',
    '  (sleep "$1" && { kill -TERM "$$"; hibana_end; }) 4<&- >/dev/null 2>&1 &',
    '}',
    'hibana_leash "$5"',
    'hibana_script() { hibana_name=$3; shift 5; "$hibana_name" "$@"; }',
    'hibana_status=0',
    `hibana_script "$@" 4<&-${output === null ? '' : ` >${output}`} || hibana_status=$?`,
    // A shell would tell of each of those that are ended now.
    'exec 3>&1 >/dev/null 2>&1',
    'hibana_end',
    'printf "\\n%s %s\\n" "$4" "$hibana_status" >&3',
    'exec 3>&-',
    'hibana_leash "$5"',
    'wait',
  ].join('\n');
}

/** The line with the status comes after an empty one, because the last line before it need have no end. */
function withoutStatus(
  marker: string,
  onLine: (line: string) => void,
  onStatus: (status: number) => void,
): (line: string) => void {
  let isEmptyHeld = false;
  return (line) => {
    if (line.startsWith(`${marker} `)) return onStatus(Number(line.slice(marker.length)));
    if (isEmptyHeld) onLine('');
    isEmptyHeld = line === '';
    if (!isEmptyHeld) onLine(line);
  };
}

/** Of containers that were ended before the script, by us or somebody else: the shell itself ends with another. */
const ENDED_FROM_OUTSIDE = new Set([0, 137, 143]);

/** A container that has ended without a word about the script never began it. */
async function untold({ ended }: BuildContainer, { name, container: { image } }: ScriptRun): Promise<number> {
  const status = await ended;
  if (!ENDED_FROM_OUTSIDE.has(status)) return status;
  throw new ToolError('CONTAINER_FAILED', `Cannot run ${name} of "${image}": its container was ended from outside`, {
    details: { status },
    hint: 'See whether somebody stopped it, or give it more with --build-memory',
  });
}
