/** Loaded when there is a file to read. A bundle gives a CommonJS package that is imported dynamically without its names: hence this module. */
export { DOMParser } from '@xmldom/xmldom';
