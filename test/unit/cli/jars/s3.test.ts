import { describe, expect, it } from 'vitest';
import { formatCoordinates } from '../../../../cli/jars/coordinates.ts';
import { jarsWanted } from '../../../../cli/jars/jars-wanted.ts';
import { s3Packages } from '../../../../cli/jars/s3-packages.ts';
import { withS3Settings } from '../../../../cli/jars/s3-settings.ts';
import { launchRequestFor } from '../../../helpers/requests.ts';

const request = launchRequestFor();
const settings = (env: Readonly<Record<string, string>>, sparkDefaults = {}) =>
  withS3Settings({ request, env, sparkDefaults });

describe('withS3Settings()', () => {
  it('says endpoint and region by properties, and leaves credentials in the environment of the driver', () => {
    const env = {
      AWS_ENDPOINT_URL: 'http://s3.example:9000',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'hidden',
    };
    const { app, submit } = settings({ ...env, UNRELATED: 'x' });
    expect(app.conf).toMatchObject({
      'spark.hadoop.fs.s3a.endpoint': 'http://s3.example:9000',
      'spark.hadoop.fs.s3a.path.style.access': 'true',
      'spark.hadoop.fs.s3a.endpoint.region': 'us-east-1',
    });
    expect(submit.env).toEqual({ ...request.submit.env, ...env });
    expect(JSON.stringify([app.conf, submit.conf, submit.executorEnv])).not.toContain('hidden');
  });

  it('asks for no endpoint where Amazon is meant', () => {
    const { app } = settings({ AWS_REGION: 'eu-central-1' });
    expect(app.conf).toMatchObject({ 'spark.hadoop.fs.s3a.endpoint.region': 'eu-central-1' });
    expect(Object.keys(app.conf)).not.toContain('spark.hadoop.fs.s3a.endpoint');
  });

  it('lets a property of spark-defaults.conf and of hibana.yaml win', () => {
    const key = 'spark.hadoop.fs.s3a.path.style.access';
    const env = { AWS_ENDPOINT_URL_S3: 'http://s3.example' };
    expect(Object.keys(settings(env, { [key]: 'false' }).app.conf)).not.toContain(key);
    const own = { ...request, app: { ...request.app, conf: { [key]: 'false' } } };
    expect(withS3Settings({ request: own, env, sparkDefaults: {} }).app.conf[key]).toBe('false');
  });

  it('tells executors where the file with credentials is', () => {
    const own = {
      ...request,
      submit: { ...request.submit, secrets: { AWS_SHARED_CREDENTIALS: '/home/ann/credentials' } },
    };
    const { submit } = withS3Settings({ request: own, env: {}, sparkDefaults: {} });
    expect(submit.executorEnv.AWS_SHARED_CREDENTIALS_FILE).toBe('/home/ann/credentials');
  });
});

describe('s3Packages()', () => {
  it.each([
    ['3.5.0', 'software.amazon.awssdk:s3:2.35.4', 'software.amazon.awssdk:bundle'],
    ['3.4.1', 'software.amazon.awssdk:s3:2.24.6', 'software.amazon.awssdk:bundle'],
    ['3.3.4', 'com.amazonaws:aws-java-sdk-s3:1.12.262', 'com.amazonaws:aws-java-sdk-bundle'],
  ])('takes the modules of the SDK that Hadoop %s was built with, and not all of it', (hadoop, module, bundle) => {
    const { packages, excluded } = s3Packages(hadoop);
    expect(packages.map(formatCoordinates)).toEqual(
      expect.arrayContaining([`org.apache.hadoop:hadoop-aws:${hadoop}`, module]),
    );
    expect(excluded.map(({ group, artifact }) => `${group}:${artifact}`)).toEqual([bundle]);
  });

  it('takes all that an unknown Hadoop asks for', () => {
    expect(s3Packages('9.0.0')).toMatchObject({
      packages: [{ artifact: 'hadoop-aws', version: '9.0.0' }],
      excluded: [],
    });
  });
});

describe('jarsWanted()', () => {
  const asked = { packages: [], excludePackages: [], repositories: [], properties: {} };

  it('adds up lists and properties, and is null for nothing', () => {
    expect(jarsWanted(asked)).toBeNull();
    const properties = {
      'spark.jars.packages': 'b:b:1, a:a:1',
      'spark.jars.excludes': 'x:y',
      'spark.jars.repositories': 'https://more.example',
    };
    const wanted = jarsWanted({ ...asked, packages: ['a:a:1'], repositories: ['https://own.example'], properties });
    expect(wanted?.packages.map(formatCoordinates)).toEqual(['a:a:1', 'b:b:1']);
    expect(wanted).toMatchObject({
      excluded: [{ group: 'x', artifact: 'y' }],
      repositories: ['https://own.example', 'https://more.example'],
    });
  });

  it('says USAGE for two versions of one package', () => {
    expect(() => jarsWanted({ ...asked, packages: ['a:b:1', 'a:b:2'] })).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('1 and 2') }),
    );
  });
});
