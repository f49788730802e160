/** A variable's name as a POSIX shell has it. */
export const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What hibana knows how to add to a job. */
export const EXTRAS = ['s3'] as const;
export type Extra = (typeof EXTRAS)[number];
