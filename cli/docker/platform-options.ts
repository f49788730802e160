import type { OptionTable } from '../command-line/options.ts';

/** Where clusters are. */
export const PLATFORM_OPTION = {
  platform: {
    type: 'value',
    value: 'PLATFORM',
    summary: 'Where it runs: processes of this machine, or containers (default local)',
    choices: ['local', 'docker'],
  },
} as const satisfies OptionTable;

/** Where a run is. */
export const RUN_PLATFORM_OPTION = {
  platform: {
    ...PLATFORM_OPTION.platform,
    summary: 'Where it runs: processes of this machine, containers, or pods (default local)',
    choices: ['local', 'docker', 'kubernetes'],
  },
} as const satisfies OptionTable;

/** What a run in containers is told beside a run of processes. */
export const DOCKER_OPTIONS = {
  'launcher-image': {
    type: 'value',
    value: 'IMAGE',
    summary: "In Docker: hibana's own image, for the launcher (default one of this version, made when it is missing)",
  },
  network: {
    type: 'value',
    value: 'NETWORK',
    summary: 'In Docker: a network that is there, from which the master in --cluster spark://… is reached',
  },
  bind: {
    type: 'value',
    value: 'ADDRESS',
    summary: 'In Docker: the address of this machine at which --port is published (default 127.0.0.1)',
  },
} as const satisfies OptionTable;
