import { K3vError } from './errors.ts';

/** Whether `error` is the system's, of a disk or a quota without space. */
export function isDiskFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Returns DISK_FULL if `error` is the system's, of a disk or a quota without space for `what`; undefined for any other. */
export function diskFull(error: unknown, what: string): K3vError | undefined {
  if (!isDiskFull(error)) return undefined;
  return new K3vError('DISK_FULL', `no space is left for ${what}`, { hint: 'Free some space.', cause: error });
}
