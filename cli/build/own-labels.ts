import { ToolError } from '../../runtime/core/errors.ts';
import { OCI_LABELS } from './image-labels.ts';

/** Reads `--label NAME=VALUE`.
 *  @throws {ToolError} USAGE, also for names that hibana itself gives */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      const name = equals < 0 ? text : text.slice(0, equals);
      if (name === '' || /\s/.test(name)) {
        throw new ToolError('USAGE', `Cannot use --label "${text}": it has no name`, {
          hint: 'Write --label NAME=VALUE',
        });
      }
      if (isReserved(name)) {
        throw new ToolError('USAGE', `Cannot use --label "${name}": it is one of hibana's own`, {
          hint: 'Give it a name of your own: com.example.team',
        });
      }
      return [name, equals < 0 ? '' : text.slice(equals + 1)];
    }),
  );
}

/** Whether a label is hibana's own to give: from these images are found, rebuilt and rebased. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED_LABELS) || RESERVED_NAMES.has(name);
}

const RESERVED_NAMES: ReadonlySet<string> = new Set([OCI_LABELS.revision, OCI_LABELS.baseDigest]);
/** How the names begin that hibana itself gives. */
const RESERVED_LABELS = 'dev.hibana.';
