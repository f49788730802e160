type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = new Set([
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'HOSTNAME', 'LD_LIBRARY_PATH'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'],
]);

/** What a job gets of the environment of whoever starts it: where programs, the user's home and the network are, and no more.
 *  Everything else comes by `--env`, so that a job is the same on a laptop as in an image, and a stray PYTHONPATH, SPARK_CONF_DIR
 *  or JAVA_TOOL_OPTIONS does not get in. */
export function jobEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value !== undefined && (NAMES.has(name) || name.startsWith('LC_')) ? [[name, value]] : [],
    ),
  );
}
