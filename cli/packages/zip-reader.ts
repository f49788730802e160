/** Loaded when an archive is read. A bundle gives a CommonJS package that is imported dynamically without its names: hence this module. */
export { openPromise } from 'yauzl';
