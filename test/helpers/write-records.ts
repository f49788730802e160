import { createFileStore } from '../../cli/deploy/file-store.ts';
import { revisionFor } from './deployment-records.ts';

/** A process to kill: replaces a large record and makes new ones, without end. */
const store = createFileStore(process.argv[2] ?? '');
const args = Array.from({ length: 20_000 }, (_, index) => `argument-${index}`);
process.stdout.write('writing\n');
for (let revision = 2; ; revision += 1) {
  await store.put(revisionFor({ request: { options: {}, args, cwd: '/' } }), 'replace');
  await store.put(revisionFor({ revision, request: { options: {}, args, cwd: '/' } }), 'new');
}
