import { K3vError } from '../errors.ts';

/** Returns the error for a snapshot that cannot be trusted: `why` completes "the snapshot <file> …". */
export function brokenSnapshot(file: string, why: string, cause?: unknown): K3vError {
  return new K3vError('SNAPSHOT_BROKEN', `the snapshot ${file} ${why}`, {
    hint: 'Nothing was changed. Use another snapshot: k3v snapshot list shows which are whole.',
    cause,
  });
}

/** Returns the error for a snapshot that this k3v is too old for: `why` completes "the snapshot <file> …". */
export function newerSnapshot(file: string, why: string): K3vError {
  return new K3vError('SNAPSHOT_NEWER', `the snapshot ${file} ${why}`, {
    hint: 'Nothing was changed. Restore it with the k3v that saved it, or a newer one.',
  });
}
