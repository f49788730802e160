import type { TemplateName, TemplateValues } from '../../templates/values.ts';

type Cases = { readonly [Name in TemplateName]: Readonly<Record<string, TemplateValues[Name]>> };

const LABELS = { 'hibana.dev/app': 'etl', 'app.kubernetes.io/managed-by': 'hibana' };
const IMAGE = `registry.example/team/etl@sha256:${'1'.repeat(64)}`;

const JOB: TemplateValues['job'] = {
  name: 'etl-261122031510-x3f9',
  namespace: 'team-a',
  labels: LABELS,
  serviceAccount: 'hibana-launcher',
  launcherImage: `registry.example/team/hibana@sha256:${'2'.repeat(64)}`,
  image: IMAGE,
  request: 'etl-261122031510-x3f9-request',
  driverMemory: '1536Mi',
  driverCpu: '500m',
  driverScript: 'echo "$1: it\'s {{ not a template }}"\n# & < > \\ \u2028',
  waitTenths: '7200',
  graceSeconds: 60,
  ttlSeconds: 86_400,
  pullSecrets: [],
  env: [],
  port: null,
};

const MEMBER: TemplateValues['member'] = {
  role: 'worker',
  image: IMAGE,
  labels: LABELS,
  cpuRequest: '1',
  cpuLimit: '1',
  memory: '1Gi',
  pullSecrets: [],
  env: [],
};

/** What every template is rendered with in tests: with all that it may have, and with none of it. */
export const TEMPLATE_CASES: Cases = {
  job: {
    plain: JOB,
    full: { ...JOB, pullSecrets: ['registry', 'another'], port: 8080, env: [{ name: 'DAY', value: 'yes: "no" #1' }] },
  },
  member: {
    worker: MEMBER,
    master: { ...MEMBER, role: 'master', cpuRequest: '100m', cpuLimit: null, pullSecrets: ['registry'] },
  },
  install: { plain: { namespace: 'team-a', serviceAccount: 'hibana-launcher', labels: LABELS } },
};
