import type { Environment } from '../packages/machine.ts';

/** The proxy variables as options of a JVM. Without the passwords of proxies: an option can be read by everybody on the machine.
 *  Source: "Networking Properties" of Java. */
export function proxyOptions(env: Environment): readonly string[] {
  const except = (env.no_proxy ?? env.NO_PROXY ?? '').split(/[\s,]+/).filter((host) => host !== '');
  const hosts = except.flatMap((host) => (host.startsWith('.') ? [`*${host}`] : [host, `*.${host}`]));
  const options = [
    ...optionsFor('http', env.http_proxy ?? env.HTTP_PROXY),
    ...optionsFor('https', env.https_proxy ?? env.HTTPS_PROXY),
  ];
  return options.length === 0 || hosts.length === 0 ? options : [...options, `-Dhttp.nonProxyHosts=${hosts.join('|')}`];
}

function optionsFor(protocol: string, text: string | undefined): readonly string[] {
  if (!text || !URL.canParse(text)) return [];
  const { hostname, port } = new URL(text);
  return [`-D${protocol}.proxyHost=${hostname}`, `-D${protocol}.proxyPort=${port || '80'}`];
}
