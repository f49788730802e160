/** Writes docs/reference.md from the program itself: commands, options, exit statuses, error codes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceText } from './reference-text.ts';

await writeFile(join(import.meta.dirname, '..', 'docs', 'reference.md'), referenceText());
