/** Loaded when files go into containers or come out of them. */
export { Header, Parser } from 'tar';
