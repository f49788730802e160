import type { CommandResult } from '../commands/command.ts';
import type { OutputStream } from './reporter.ts';
import { errorDocument, formatDocument, type ResultError, resultDocument } from './result-document.ts';
import { write } from './write.ts';

/** Where a command's result goes. Sees to it that a machine gets exactly one document, whatever happens. */
export interface ResultSink {
  /** Names the command that runs from now on. */
  begin(command: string): void;
  write(result: CommandResult): Promise<void>;
  /** After an error; writes nothing when a result has been written. */
  fail(error: unknown): Promise<void>;
  /** After the command; writes an empty result when it wrote none. */
  end(status: number): Promise<void>;
}

export function resultSink(output: 'text' | 'json' | 'ndjson', stdout: OutputStream): ResultSink {
  let command: string | null = null;
  let written = false;

  async function document(data: Readonly<Record<string, unknown>>, error: ResultError | null): Promise<void> {
    if (output === 'text' || written) return;
    written = true;
    await write(stdout, formatDocument(resultDocument(command, data, error), output));
  }

  return {
    begin(name) {
      command = name;
    },
    async write({ text, data, error }) {
      if (output === 'text' && text !== undefined) await write(stdout, `${text}\n`);
      await document(data, error ?? null);
    },
    fail: (error) => document({}, errorDocument(error)),
    end: (status) =>
      document({ status }, status === 0 ? null : { code: 'STATUS', message: `Ended with status ${status}`, hint: '' }),
  };
}
