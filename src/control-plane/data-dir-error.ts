import { diskFull } from '../disk-full.ts';
import { K3vError } from '../errors.ts';

const notWritable: readonly string[] = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];

/** Returns what a failed access to the data directory means for the operator; undefined for any other error. */
export function dataDirError(error: unknown, dataDir: string): K3vError | undefined {
  if (error instanceof K3vError || !(error instanceof Error) || !('code' in error)) return undefined;
  const full = diskFull(error, dataDir);
  if (full) return full;
  if (typeof error.code === 'string' && notWritable.includes(error.code)) {
    const hint = 'Change its owner or mode, or choose another with --data-dir.';
    return new K3vError('DATA_DIR_NOT_WRITABLE', `${dataDir} cannot be written: ${error.message}`, {
      hint,
      cause: error,
    });
  }
  return undefined;
}
