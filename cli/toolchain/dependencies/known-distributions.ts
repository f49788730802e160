/** Distributions whose modules have another name, by module. Only for advice about what is not installed: what is installed says it itself. */
const BY_MODULE: Readonly<Record<string, string>> = {
  attr: 'attrs',
  bs4: 'beautifulsoup4',
  bson: 'pymongo',
  confluent_kafka: 'confluent-kafka',
  Crypto: 'pycryptodome',
  cv2: 'opencv-python',
  dateutil: 'python-dateutil',
  delta: 'delta-spark',
  dotenv: 'python-dotenv',
  git: 'GitPython',
  jose: 'python-jose',
  jwt: 'PyJWT',
  kafka: 'kafka-python',
  Levenshtein: 'python-Levenshtein',
  magic: 'python-magic',
  MySQLdb: 'mysqlclient',
  OpenSSL: 'pyOpenSSL',
  PIL: 'Pillow',
  pkg_resources: 'setuptools',
  psycopg2: 'psycopg2-binary',
  serial: 'pyserial',
  skimage: 'scikit-image',
  sklearn: 'scikit-learn',
  slugify: 'python-slugify',
  usb: 'pyusb',
  yaml: 'PyYAML',
  zmq: 'pyzmq',
};

/** The distribution that has a module (`yaml`, `google.cloud.storage`), as far as that can be known without it. */
export function distributionOf(name: string): string {
  const [module = name] = name.split('.');
  const cloud = /^google\.cloud\.(\w+)/.exec(name)?.[1];
  if (cloud !== undefined) return `google-cloud-${cloud.replaceAll('_', '-')}`;
  return Object.hasOwn(BY_MODULE, module) ? (BY_MODULE[module] ?? module) : module;
}

/** Distributions that are built from their source and need more than a compiler, and the same with a build of its own. */
const BINARY_INSTEAD: Readonly<Record<string, string>> = {
  mysqlclient: 'PyMySQL',
  psycopg2: 'psycopg2-binary',
  sklearn: 'scikit-learn',
};

/** What to ask for instead of a distribution that does not build, one imperative line; `undefined` for most. */
export function binaryHint(name: string): string | undefined {
  if (!Object.hasOwn(BINARY_INSTEAD, name)) return undefined;
  return `Ask for ${BINARY_INSTEAD[name]} instead of ${name}: it comes built`;
}
