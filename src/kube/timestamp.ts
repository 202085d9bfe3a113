/** Returns the time as objects of Kubernetes have it, RFC 3339 in whole seconds. `ms`: since 1970. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
