import { ToolError } from '../../runtime/core/errors.ts';

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
      if (name.startsWith(RESERVED_LABELS)) {
        throw new ToolError(
          'USAGE',
          `Cannot use --label "${name}": names that begin with "${RESERVED_LABELS}" are hibana's own`,
          {
            hint: 'Give it a name of your own: com.example.team',
          },
        );
      }
      return [name, equals < 0 ? '' : text.slice(equals + 1)];
    }),
  );
}

/** How the names begin that hibana itself gives. */
export const RESERVED_LABELS = 'dev.hibana.';
