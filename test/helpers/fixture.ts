import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** A text to be found in a stream; between slashes it is a regular expression: `/^Pi is roughly 3\.1\d+$/m`. */
const ExpectedText = z.string().min(1);
const texts = z
  .union([ExpectedText.transform((text) => [text]), z.array(ExpectedText)])
  .default([])
  .readonly();

const CaseSchema = z
  .strictObject({
    /** Tells the cases of one fixture apart; default the fixture's name. */
    name: z.string().optional(),
    /** For the application. */
    args: z.array(z.string()).default([]).readonly(),
    /** For `hibana run` and `spark-submit` alike; paths are relative to the fixture's folder. */
    options: z.array(z.string()).default([]).readonly(),
    /** For the driver. */
    env: z.record(z.string(), z.string()).default({}).readonly(),
    /** What `hibana run` ends with; without `stop` also what `spark-submit` ends with. */
    status: z.int().min(0).max(255),
    stdout: texts,
    /** On stdout or on stderr: spark-submit gives a Python program one stream for both. */
    output: texts,
    /** Asked while it runs, on `PORT`, before `stop`. */
    http: z
      .array(z.strictObject({ path: z.string().startsWith('/'), status: z.int(), body: ExpectedText.optional() }))
      .default([])
      .readonly(),
    /** It does not end by itself: `signal` once `when` was seen on stdout. */
    stop: z.strictObject({ when: ExpectedText, signal: z.enum(['SIGTERM', 'SIGINT']) }).optional(),
    /** Of all of stdout, byte for byte. */
    stdoutSha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
    /** A line `grandchild <pid>` on stdout names a process that must be gone at the end. */
    leavesGrandchild: z.boolean().default(false),
    /** What it needs that may be missing: `index` installs its requirements. */
    needs: z
      .array(z.enum(['index']))
      .default([])
      .readonly(),
  })
  .readonly();

const ExpectSchema = z.union([CaseSchema.transform((only) => [only]), z.array(CaseSchema).min(1)]);

export type FixtureCase = z.infer<typeof CaseSchema>;

export interface Fixture {
  readonly name: string;
  readonly dir: string;
  /** The file to run, relative to `dir`. */
  readonly main: string;
  readonly cases: readonly FixtureCase[];
}

const fixturesFolder = join(import.meta.dirname, '../fixtures/apps');

/** Every fixture application, by name. @throws when an `expect.json` has an unknown or a wrong field */
export function allFixtures(folder: string = fixturesFolder): readonly Fixture[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => loadFixture(name, folder))
    .sort((a, b) => a.name.localeCompare(b.name));
}

/** The fixture application `name`: its folder, its one program at the top, and what is expected of it. */
export function loadFixture(name: string, folder: string = fixturesFolder): Fixture {
  const dir = join(folder, name);
  const [main, ...others] = readdirSync(dir).filter((file) => file.endsWith('.py'));
  if (main === undefined || others.length > 0) throw new Error(`The fixture "${name}" needs one *.py at its top`);
  return { name, dir, main, cases: parseExpectation(readFileSync(join(dir, 'expect.json'), 'utf8'), name) };
}

/** @throws when the text is not what expect.json may hold; the message names the fixture */
export function parseExpectation(text: string, name: string): readonly FixtureCase[] {
  const parsed = ExpectSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new Error(`Cannot read expect.json of the fixture "${name}": ${z.prettifyError(parsed.error)}`);
}

/** Whether a stream has what an expectation asks of it. */
export function matchesText(expected: string, actual: string): boolean {
  const pattern = /^\/(.+)\/([ims]*)$/s.exec(expected);
  return pattern?.[1] === undefined ? actual.includes(expected) : new RegExp(pattern[1], pattern[2]).test(actual);
}
