import { stringify } from 'yaml';
import { quietCtx } from '../deploy/quiet-ctx.ts';
import { install, installObjects } from '../kubernetes/install.ts';
import { openKubernetes } from '../kubernetes/open-kubernetes.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './install.ts';

/** Idempotent: what is there already is brought up to date. */
export const installCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  const client = await openKubernetes(options, app);
  const { namespace } = client;
  if (options.print) {
    const objects = await installObjects(app.root, namespace);
    await app.writeResult({
      text: objects
        .map((object) => stringify(object))
        .join('---\n')
        .trimEnd(),
      data: { objects },
    });
    return 0;
  }
  const applied = await install(client, app.root, quietCtx(app));
  await app.writeResult({ text: applied.map((name) => `${name}: applied`).join('\n'), data: { namespace, applied } });
  return 0;
};
