import { quietCtx } from '../deploy/quiet-ctx.ts';
import { uninstall } from '../kubernetes/install.ts';
import { openKubernetes } from '../kubernetes/open-kubernetes.ts';
import type { CommandHandler } from './command.ts';
import type { definition } from './uninstall.ts';

/** Idempotent: what is gone already is not told. */
export const uninstallCommand: CommandHandler<typeof definition> = async ({ options }, app) => {
  const client = await openKubernetes(options, app);
  const { namespace } = client;
  const deleted = await uninstall(client, app.root, quietCtx(app));
  const text = deleted.length === 0 ? 'nothing to delete' : deleted.map((name) => `${name}: deleted`).join('\n');
  await app.writeResult({ text, data: { namespace, deleted } });
  return 0;
};
