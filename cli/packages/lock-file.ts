/** Loaded when a lock is taken. A bundle gives a CommonJS package that is imported dynamically without its names: hence this module. */
export { lock } from 'proper-lockfile';
