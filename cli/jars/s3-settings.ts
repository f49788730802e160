import { resolve } from 'node:path';
import type { LaunchRequest } from '../../runtime/core/launch-env.ts';
import type { Properties } from '../../runtime/core/properties.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface S3Input {
  readonly request: LaunchRequest;
  /** Of whoever starts the run. */
  readonly env: Environment;
  /** spark-defaults.conf of the source. */
  readonly sparkDefaults: Properties;
}

/** Tells a job about S3 by the variables that the tools of AWS read: endpoint and region become properties, credentials stay in the driver's
 *  environment (Spark hands them to executors itself, hidden on its page) or in a file. Properties that the user set win. */
export function withS3Settings({ request, env, sparkDefaults }: S3Input): LaunchRequest {
  const { app, submit } = request;
  const own = Object.fromEntries(VARIABLES.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const known = { ...app.env, ...own, ...submit.env };
  const ours = Object.entries(s3Properties(known, app.spark.startsWith('3.')));
  const missing = Object.fromEntries(ours.filter(([key]) => sparkDefaults[key] === undefined));
  const { AWS_SHARED_CREDENTIALS: file } = submit.secrets;
  return {
    ...request,
    app: { ...app, conf: { ...missing, ...app.conf } },
    submit: {
      ...submit,
      env: { ...own, ...submit.env },
      executorEnv: {
        ...pick(known, ['AWS_PROFILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']),
        ...(file === undefined ? {} : { AWS_SHARED_CREDENTIALS_FILE: resolve(file) }),
        ...submit.executorEnv,
      },
    },
  };
}

/** What a job with the extra gets of the environment, beside what every job gets. */
const VARIABLES = [
  ...['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
  ...['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3', 'AWS_PROFILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE'],
];

function s3Properties(env: Environment, isOldSdk: boolean): Properties {
  const endpoint = env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL;
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION || (endpoint ? DEFAULT_REGION : undefined);
  const properties = {
    // Few servers but Amazon's have a host name a bucket.
    ...(endpoint ? { endpoint, 'path.style.access': 'true' } : {}),
    ...(region ? { 'endpoint.region': region } : {}),
    'aws.credentials.provider': (isOldSdk ? PROVIDERS_1 : PROVIDERS_2).join(','),
    // Hadoop's own choice is below /tmp, and stays there.
    'buffer.dir': `\${java.io.tmpdir}/s3a`,
  };
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [`spark.hadoop.fs.s3a.${key}`, value]));
}

function pick(env: Environment, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

/** Servers that are not Amazon's take any; the SDK wants one. */
const DEFAULT_REGION = 'us-east-1';

const S3A = 'org.apache.hadoop.fs.s3a';
/** First what Spark takes over from the driver's environment, then the environment, files, and the machine's own role. */
const PROVIDERS_2 = [
  `${S3A}.TemporaryAWSCredentialsProvider`,
  `${S3A}.SimpleAWSCredentialsProvider`,
  'software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider',
  'software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider',
  `${S3A}.auth.IAMInstanceCredentialsProvider`,
];
const PROVIDERS_1 = [
  `${S3A}.TemporaryAWSCredentialsProvider`,
  `${S3A}.SimpleAWSCredentialsProvider`,
  'com.amazonaws.auth.EnvironmentVariableCredentialsProvider',
  'com.amazonaws.auth.profile.ProfileCredentialsProvider',
  `${S3A}.auth.IAMInstanceCredentialsProvider`,
];
