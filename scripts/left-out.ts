/** Stands in the launcher's bundle for packages of its Docker client that it never calls: it talks to a socket of this machine alone. One of them
 *  needs WebAssembly, which Node has not where it compiles nothing. */
export const Client = undefined;
