export interface Program {
  readonly file: string;
  /** The first is the name by which the program is called. */
  readonly args: readonly string[];
}

/** It mostly waits: compiled code would take memory for nothing. */
const SMALL = '--lite-mode';
/** Without it Node reads the file of an `--env-file` among the application's arguments. */
const END_OF_OPTIONS = '--';
const SHELL = '/bin/sh';

/** As what the launcher of a container goes on; `undefined`: it is what it should be already. Node compiles nothing for it then. And the first
 *  process of a container gets every orphan, whose end Node would not take notice of: a shell is put in its place, which does. */
export function programFor(
  node: Program & { readonly options: readonly string[] },
  pid: number,
  exists: (path: string) => boolean,
): Program | undefined {
  if (node.options.includes(SMALL)) return undefined;
  const small: Program = { file: node.file, args: [node.file, ...node.options, SMALL, END_OF_OPTIONS, ...node.args] };
  if (pid !== 1 || !exists(SHELL)) return small;
  return { file: SHELL, args: ['sh', '-c', FIRST_PROCESS, 'hibana', ...small.args] };
}

/** Waits for one child, takes notice of the end of all others, passes signals on, and ends with the child's status.
 *  A shell gives what it starts in the background an empty stdin, and `wait` ends early when a signal comes. */
const FIRST_PROCESS = `exec 3<&0
"$@" <&3 3<&- &
child=$!
exec 3<&-
for name in HUP INT TERM; do trap "kill -$name $child" $name; done
wait $child
status=$?
while kill -0 $child 2>/dev/null; do
  wait $child
  status=$?
done
exit $status
`;
