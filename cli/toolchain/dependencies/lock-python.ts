import { satisfies } from '@renovatebot/pep440';
import { ToolError } from '../../../runtime/core/errors.ts';
import type { PythonInfo } from '../python-probe.ts';

/** Refuses a uv.lock that was made for other Pythons than this one: what it names need not run here.
 *  @throws {ToolError} PYTHON_UNSUPPORTED. Source: `requires-python` at the top of uv.lock. */
export function checkLockPython(lock: string, python: PythonInfo): void {
  const wanted = /^requires-python\s*=\s*"([^"]+)"/m.exec(lock)?.[1];
  if (wanted === undefined || satisfies(python.version, wanted)) return;
  throw new ToolError(
    'PYTHON_UNSUPPORTED',
    `Cannot install from uv.lock: it is for Python ${wanted}, and "${python.path}" is ${python.version}`,
    {
      hint: 'Name a Python that the lock is for with --python, or make the lock anew with "uv lock"',
      details: { file: 'uv.lock', wanted, python: python.version },
    },
  );
}
