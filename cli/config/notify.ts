import { ToolError } from '../../runtime/core/errors.ts';
import type { Notify } from '../../runtime/core/launch-env.ts';
import type { NotifyWanted } from './settings-layer.ts';

/** Who is told of the end of a run, with the file of the secret that signs it.
 *  @throws {ToolError} CONFIG_INVALID for another URL than http and https, and for a secret that there is not */
export function notifyFor({ url, secret, on }: NotifyWanted, secrets: Readonly<Record<string, string>>): Notify {
  if (!['http:', 'https:'].includes(URL.parse(url)?.protocol ?? '')) {
    throw new ToolError('CONFIG_INVALID', `Cannot notify "${url}": it is not an http or https URL`, {
      hint: 'Correct "url:" below "notify:" in hibana.yaml',
    });
  }
  const secretFile = secret === undefined ? null : secrets[secret];
  if (secretFile === undefined) {
    throw new ToolError('CONFIG_INVALID', `Cannot notify "${url}": there is no secret "${secret}" to sign it with`, {
      hint: `Name its file below "secrets:" in hibana.yaml, or with --secret ${secret}=FILE`,
    });
  }
  return { url, secretFile, on: [...(on ?? (['succeeded', 'failed'] as const))] };
}
