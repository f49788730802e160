// Writes what runs (the application's descriptor) to the file that is named: from APP_ENTRY and APP_NAME.
// APP_ARGS becomes a variable of the image, where the launcher reads it: in the descriptor too, the job would get it twice.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { argv, env } from 'node:process';

const { spark } = JSON.parse(readFileSync('/opt/hibana/toolchain.json', 'utf8'));
const entry = env.APP_ENTRY ?? '';
const name = env.APP_NAME || basename(entry, extname(entry));
const descriptor = {
  version: 1,
  name:
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'app',
  kind: 'job',
  language: 'python',
  entry,
  mainClass: null,
  spark,
  args: [],
  conf: {},
  packages: [],
  jars: [],
  env: {},
  port: null,
};
writeFileSync(argv[2] ?? '', `${JSON.stringify(descriptor, null, 2)}\n`);
