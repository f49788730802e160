/** A module of our own to load when it is needed: a bundle gives a dynamically imported CommonJS package without its names. */
export { buildConnector, EnvHttpProxyAgent, request } from 'undici';
