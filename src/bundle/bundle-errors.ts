import { accessSync, constants } from 'node:fs';
import { isDiskFull } from '../disk-full.ts';
import { K3vError } from '../errors.ts';
import { platform } from '../platform/this-platform.ts';

/** Returns the error that says that `file`, the packaged k3v, is not as it was made. */
export function brokenBundle(file: string, what: string, cause?: unknown): K3vError {
  return new K3vError('BUNDLE_BROKEN', `${file} ${what}`, {
    hint: 'Copy or download it again, and compare its checksum.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Returns what it means for the operator that a part of the packaged k3v `file` could not be unpacked into the cache; the error itself if it is another.
 * The codes are Node's for what Linux, macOS and Windows say.
 */
export function unpackError(error: unknown, { file, cacheDir }: { file: string; cacheDir: string }): unknown {
  if (error instanceof K3vError || !(error instanceof Error) || !('code' in error)) return error;
  if ('path' in error && error.path === file) {
    return new K3vError('BUNDLE_BROKEN', `${file} cannot be read: ${error.message}`, {
      hint: 'k3v carries its programs in its own file: it has to be there, and this user has to be allowed to read it.',
      cause: error,
    });
  }
  if (isDiskFull(error)) return noRoom(`no space is left in ${cacheDir}`, error);
  if (!/^(EACCES|EBUSY|EEXIST|EINVAL|ELOOP|ENAMETOOLONG|ENOENT|ENOTDIR|EPERM|EROFS)$/.test(String(error.code)))
    return error;
  return new K3vError('CACHE_NOT_WRITABLE', `${cacheDir} cannot be written: ${error.message}`, { hint, cause: error });
}

/** Returns DISK_FULL with what to do about it. */
export function noRoom(message: string, cause?: unknown): K3vError {
  return new K3vError('DISK_FULL', message, {
    hint: `Free some space. ${hint}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Throws CACHE_NOT_EXECUTABLE when nothing can be run from the folder of `file`, as on a file system that is mounted noexec. */
export function assertExecutable(file: string, folder: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch (cause) {
    throw new K3vError('CACHE_NOT_EXECUTABLE', `programs cannot be run from ${folder}: it is mounted noexec`, {
      hint,
      cause,
    });
  }
}

const hint = `Another cache directory can be named with the environment variable ${platform.cacheVariable}.`;
