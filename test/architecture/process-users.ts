/** Who touches `process` or `console`, and why it may. Everybody else gets what he needs from outside (Ctx, Edges). */
export const PROCESS_USERS: Readonly<Record<string, string>> = {
  'cli/main.ts': 'the edge of the CLI',
  'runtime/launcher/main.ts': 'the edge of the launcher',
  'runtime/launcher/docker/main.ts': 'the edge of the launcher in a container of its own',
  'runtime/launcher/kubernetes/main.ts': 'the edge of the launcher beside a driver in a pod',
  'runtime/launcher/member-main.ts': 'the edge of a guard',
  'runtime/platform/local/signal-group.ts': 'process.kill is how Node signals: an adapter of the operating system',
  'runtime/platform/local/end-processes.ts': 'process.kill, and its own pid, which it must not end',
  'runtime/platform/atomic-write.ts': 'its own pid, for a name that no other process takes',
  'cli/toolchain/child.ts': 'process.kill, for the group of a child that it started',
  'cli/source/git/end-marked.ts': 'process.kill, and its own pid, which it must not end',
};
