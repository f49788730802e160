/** Loaded when a daemon is talked to. A bundle gives a CommonJS package that is imported dynamically without its names: hence this module. */
export { default as Docker } from 'dockerode';
