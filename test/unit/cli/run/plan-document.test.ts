import { describe, expect, it } from 'vitest';
import { planTree } from '../../../../builder-images/builders.ts';
import { planDocument } from '../../../../cli/run/plan-document.ts';
import { describePlanText, type Planned } from '../../../../cli/run/plan-text.ts';
import { treeOf } from '../../builder-images/tree-of.ts';
import { settingsOf } from '../config/settings-of.ts';

const PROGRAM = 'from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate()\n';

/** A plan with this property from each of the three places that have some. */
function planWith(key: string, valueFrom: (place: string) => string): Planned {
  const project = `conf:\n  ${key}: ${JSON.stringify(valueFrom('project'))}\n  spark.shown: in-the-open\n`;
  const settings = settingsOf({ project, flags: { conf: [`${key}.too=${valueFrom('run')}`] } });
  const plan = planTree(treeOf({ 'app.py': PROGRAM }), settings.plan);
  return { commit: null, plan, settings, sparkDefaults: { [`${key}.as-well`]: valueFrom('file') } };
}

const texts = (planned: Planned): readonly string[] => [
  JSON.stringify(planDocument(planned)),
  describePlanText(planned),
];

describe('a plan, for machines and for people,', () => {
  it.each(['spark.hadoop.fs.s3a.secret.key', 'spark.my.Password', 'spark.auth.token', 'spark.fs.access.key'])(
    'has no value of %s, whoever sets it',
    (key) => {
      for (const text of texts(planWith(key, (place) => `planted-${place}`))) {
        expect(text).not.toContain('planted');
        for (const end of ['', '.too', '.as-well']) expect(text).toContain(`${key}${end}`);
        expect(text).toContain('in-the-open');
      }
    },
  );

  it.each(['-Ddb.password=planted', 'jdbc:h?user=u&TOKEN=planted', '--access.key planted'])(
    'has no value that speaks of one: "%s"',
    (value) => {
      for (const text of texts(planWith('spark.driver.extraJavaOptions', () => value))) {
        expect(text).not.toContain('planted');
        expect(text).toContain('in-the-open');
      }
    },
  );

  it.each(['executorEnv', 'yarn.appMasterEnv', 'kubernetes.driverEnv', 'kubernetes.executorEnv'])(
    'has the names alone of variables that are properties: spark.%s',
    (family) => {
      const key = `spark.${family}.API_KEY`;
      for (const text of texts(planWith(key, (place) => `planted-${place}`))) {
        expect(text).not.toContain('planted');
        for (const end of ['', '.too', '.as-well']) expect(text).toContain(`${key}${end}`);
        expect(text).toContain('in-the-open');
      }
    },
  );

  it('has no login of an index that the requirements name', () => {
    const settings = settingsOf({});
    const requirements = '--extra-index-url https://bob:planted@index.example/simple\nnumpy==2.0.0\n';
    const plan = planTree(treeOf({ 'app.py': PROGRAM, 'requirements.txt': requirements }), settings.plan);
    const planned = { commit: null, plan, settings, sparkDefaults: {} };
    for (const text of texts(planned)) expect(text).not.toContain('planted');
    const shown = expect.stringMatching(/index\.example\/simple\nnumpy==2\.0\.0/);
    expect(planDocument(planned)).toMatchObject({ plan: { dependencies: { requirements: shown } } });
  });

  it('has no login of an address that somebody gives', () => {
    const at = (place: string) => `https://bob:planted@${place}.example/x.jar`;
    const flags = { repositories: [at('repository')], jars: [at('jar')], args: [at('argument')] };
    const settings = settingsOf({ flags });
    const plan = planTree(treeOf({ 'app.py': PROGRAM }), settings.plan);
    for (const text of texts({ commit: null, plan, settings, sparkDefaults: {} })) {
      expect(text).not.toContain('planted');
      for (const place of ['jar', 'argument']) expect(text).toContain(`${place}.example`);
    }
  });

  it('has no login of a URL', () => {
    for (const text of texts(planWith('spark.my.database', () => 'postgres://user:planted@db.example/x'))) {
      expect(text).not.toContain('planted');
      expect(text).toContain('db.example/x');
    }
  });

  it('has the names of variables alone', () => {
    const flags = { env: ['PLAIN=planted'], executorEnv: ['OTHER=planted'] };
    const settings = settingsOf({ project: 'env:\n  API_KEY: planted\n', flags });
    const plan = planTree(treeOf({ 'app.py': PROGRAM }), settings.plan);
    const planned = { commit: null, plan, settings, sparkDefaults: {} };
    for (const text of texts(planned)) expect(text).not.toContain('planted');
    expect(planDocument(planned)).toMatchObject({
      plan: { app: { env: { API_KEY: '***' } } },
      submit: { env: { PLAIN: '***' }, executorEnv: { OTHER: '***' } },
    });
  });
});
