import { type Document, type ErrorCode, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type * as z from 'zod';
import { ToolError } from '../../runtime/core/errors.ts';
import { describeIssues, type Problem } from './project-problems.ts';
import { type ProjectFile, ProjectSchema, type UserFile, UserSchema } from './project-schema.ts';

/** Reads hibana.yaml. `fileName` is what errors call it.
 *  @throws {ToolError} CONFIG_INVALID: the message begins with file:line:column of the first problem; details have all of them */
export function parseProject(text: string, fileName: string): ProjectFile {
  return parseFile(ProjectSchema, text, fileName);
}

/** Reads the user's own hibana.yaml, which has the keys that make sense for every application.
 *  @throws {ToolError} CONFIG_INVALID */
export function parseUserFile(text: string, fileName: string): UserFile {
  return parseFile(UserSchema, text, fileName);
}

function parseFile<T>(schema: z.ZodType<T>, text: string, fileName: string): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  if (document.errors.length > 0) {
    throw invalid(
      fileName,
      document.errors.map((error) => describeSyntax(error, text, lines)),
    );
  }
  if (document.contents === null) throw invalid(fileName, [EMPTY_FILE]);
  keepNumbersAsWritten(document);
  const parsed = schema.safeParse(toValue(document, fileName));
  if (!parsed.success) throw invalid(fileName, describeIssues(parsed.error.issues, document, schema, lines));
  return parsed.data;
}

/** `3.10` is a version before it is a number: where the number would be written in another way, the text stays. */
function keepNumbersAsWritten(document: Document): void {
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value !== 'string' && node.source !== undefined && String(node.value) !== node.source) {
        node.value = node.value === null ? null : node.source;
      }
    },
  });
}

function toValue(document: Document, fileName: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    // More aliases than the library's limit: a file that would grow without end.
    const message = `${fileName}:1:1: an alias names no anchor before it, or the aliases multiply without end`;
    throw new ToolError('CONFIG_INVALID', message, {
      cause,
      details: { file: fileName, line: 1, column: 1, path: '' },
    });
  }
}

const EMPTY_FILE: Problem = { message: 'the file is empty: it begins with "version: 1"', path: '', line: 1, column: 1 };

function describeSyntax({ code, message, pos }: YAMLError, text: string, lines: LineCounter): Problem {
  const { line, col } = lines.linePos(pos[0]);
  const word = /^["']?([^:\s"']*)/.exec(text.slice(pos[0]))?.[1] ?? '';
  return { message: SYNTAX_MESSAGES[code]?.(word) ?? message, path: '', line, column: col };
}

/** Where the library speaks to its programmer, or does not say which. */
const SYNTAX_MESSAGES: Partial<Readonly<Record<ErrorCode, (word: string) => string>>> = {
  DUPLICATE_KEY: (word) => `the key "${word}" is there twice`,
  MULTIPLE_DOCS: () => 'a second document begins here: the file has one',
  TAB_AS_INDENT: () => 'the line is indented with a tab: use spaces',
};

function invalid(file: string, problems: readonly Problem[]): ToolError {
  const { message, path, line, column } = problems[0] ?? EMPTY_FILE;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new ToolError('CONFIG_INVALID', `${file}:${line}:${column}: ${message}${more}`, {
    details: { file, line, column, path, problems },
  });
}
