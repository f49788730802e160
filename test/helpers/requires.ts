import { describe, it } from 'vitest';

/** What a test needs that a machine may lack: the names for HIBANA_TEST_REQUIRE. */
export type Requirement =
  | 'spark'
  | 'index'
  | 'root'
  | 'docker'
  | 'kubernetes'
  /** A cluster that the tests start themselves: on one that was given nothing goes wrong on purpose. */
  | 'kubernetes-faults'
  | 'registry'
  | 'browser'
  | 'compiler'
  | 'postgresql'
  | 'skopeo'
  | 'umoci';

export type Decision = 'run' | 'skip' | 'fail';

/** Without what it needs a test is skipped, with one line on stderr; where HIBANA_TEST_REQUIRE (`spark,docker`) names it, it fails. */
export function decide(requirement: Requirement, isThere: boolean, required: string): Decision {
  if (isThere) return 'run';
  return required.split(',').includes(requirement) ? 'fail' : 'skip';
}

/** `describeWith('docker', isUp)('the adapter', () => …)`. Here and in `itWith` are the only skips of the tests. */
export function describeWith(requirement: Requirement, isThere: boolean) {
  return (name: string, suite: () => void): void => {
    const decision = decide(requirement, isThere, process.env.HIBANA_TEST_REQUIRE ?? '');
    if (decision === 'run') describe(name, suite);
    else if (decision === 'fail') describe(name, () => it('has what it needs', () => refuse(requirement)));
    else {
      tellSkipped(name, requirement);
      describe.skip(name, suite);
    }
  };
}

/** `itWith('root', isRoot)('says DISK_FULL on a full disk', async () => …)`. */
export function itWith(requirement: Requirement, isThere: boolean) {
  return (name: string, test: () => Promise<void> | void, timeoutMs?: number): void => {
    const decision = decide(requirement, isThere, process.env.HIBANA_TEST_REQUIRE ?? '');
    if (decision === 'run') it(name, test, timeoutMs);
    else if (decision === 'fail') it(name, () => refuse(requirement));
    else {
      tellSkipped(name, requirement);
      it.skip(name, test);
    }
  };
}

function refuse(requirement: Requirement): never {
  throw new Error(`There is no ${requirement} on this machine, and HIBANA_TEST_REQUIRE asks for it`);
}

function tellSkipped(name: string, requirement: Requirement): void {
  process.stderr.write(`skipped: ${name} (needs ${requirement}, which is not there)\n`);
}
