/** Exit statuses of the CLI. A command that waits for a job ends with the job's own status instead. */
export const ExitCode = {
  ok: 0,
  internal: 1,
  usage: 2,
  source: 3,
  build: 4,
  push: 5,
  platform: 6,
  jobFailed: 7,
  notFound: 8,
  checkFailed: 9,
  tryAgain: 75,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The status a shell gives to a process that a signal ended: 128 + n. */
export function signalStatus(signalNumber: number): number {
  return 128 + signalNumber;
}
