import * as z from 'zod/mini';
import type { Ctx } from '../../../runtime/core/context.ts';
import { systemCode, ToolError } from '../../../runtime/core/errors.ts';
import type { Environment } from '../../packages/machine.ts';
import { type ChildResult, runChild } from '../../toolchain/child.ts';
import { parseJson } from '../json.ts';
import type { RegistryLogin } from './credentials.ts';

export interface HelperQuestion {
  /** `pass` for the program `docker-credential-pass`. */
  readonly helper: string;
  readonly server: string;
  /** Which file names the helper, for people. */
  readonly file: string;
  readonly env: Environment;
}

/** Long enough for somebody to type a passphrase. */
const DEADLINE_MS = 60_000;
/** All that the protocol has for "there is none". Source: github.com/docker/docker-credential-helpers. */
const NOT_FOUND = 'credentials not found in native keychain';
const IDENTITY_USER = '<token>';

/** The login that a credential helper of docker has; `undefined` where it has none. The server is on its standard input, and nothing of what it
 *  says is in an error. @throws {ToolError} REGISTRY_AUTH; rejects with `signal.reason` */
export async function askHelper(question: HelperQuestion, ctx: Ctx): Promise<RegistryLogin | undefined> {
  const { helper, server, env } = question;
  if (!/^[\w.-]+$/.test(helper)) throw failed(question, 'that is no name of a program');
  const command = { file: `docker-credential-${helper}`, args: ['get'], env, input: server, deadlineMs: DEADLINE_MS };
  const { status, stdout } = await run(command, question, ctx);
  if (status !== 0) {
    if (stdout.trim() === NOT_FOUND) return undefined;
    throw failed(question, status === null ? 'a signal ended it' : `it ended with status ${status}`);
  }
  const answer = AnswerSchema.safeParse(parseJson(Buffer.from(stdout)));
  if (!answer.success) throw failed(question, 'its answer has no user and no secret');
  const { Username: user, Secret: secret } = answer.data;
  if (user === '' && secret === '') return undefined;
  return user === IDENTITY_USER ? { kind: 'identity', token: secret } : { kind: 'basic', user, password: secret };
}

const AnswerSchema = z.looseObject({ Username: z.string(), Secret: z.string() });

async function run(command: Parameters<typeof runChild>[0], question: HelperQuestion, ctx: Ctx): Promise<ChildResult> {
  try {
    return await runChild(command, ctx);
  } catch (cause) {
    ctx.signal.throwIfAborted();
    const code = systemCode(cause);
    if (code === 'ENOENT') throw failed(question, 'there is no such program', cause);
    throw failed(question, code ?? `it did not end within ${DEADLINE_MS / 1_000} s`, cause);
  }
}

function failed({ helper, server, file }: HelperQuestion, state: string, cause?: unknown): ToolError {
  const program = `docker-credential-${helper}`;
  const message = `Cannot ask "${program}", which "${file}" names, for the login at "${server}": ${state}`;
  return new ToolError('REGISTRY_AUTH', message, {
    cause,
    details: { helper: program, server, file },
    hint: `Install "${program}", or take it out of "${file}" and log in again`,
  });
}
