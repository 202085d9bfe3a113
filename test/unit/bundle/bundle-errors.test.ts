import { describe, expect, it } from 'vitest';
import { brokenBundle, unpackError } from '../../../src/bundle/bundle-errors.ts';
import { platform } from '../../../src/platform/this-platform.ts';

const places = { file: '/bin/k3v', cacheDir: '/cache/k3v' };
const failure = (code: string, syscall: string, path: string) =>
  Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path });
const hint = expect.stringContaining(platform.cacheVariable);

describe('what keeps k3v from unpacking its programs', () => {
  it.each([
    ['ENOSPC', 'write', 'a full disk, on each system'],
    ['EDQUOT', 'write', 'a quota, on Linux and macOS'],
  ])('%s of %s is DISK_FULL: %s', (code, syscall) => {
    const error = failure(code, syscall, '/cache/k3v/bundle/kine');
    expect(unpackError(error, places)).toMatchObject({
      code: 'DISK_FULL',
      message: 'no space is left in /cache/k3v',
      hint,
      cause: error,
    });
  });

  it.each([
    ['EACCES', 'mkdir', 'the folder of another user'],
    ['EPERM', 'mkdir', 'a folder that Windows denies, or that macOS keeps from this terminal'],
    ['EROFS', 'open', 'a disk that is read-only, which Windows calls write-protected'],
    ['ENOTDIR', 'mkdir', 'a file in the place of a folder, on Linux and macOS'],
    ['EEXIST', 'mkdir', 'a file in the place of the folder itself'],
    ['ENOENT', 'mkdir', 'a drive that Windows does not have'],
    ['EINVAL', 'mkdir', 'a name that Windows does not take'],
    ['EBUSY', 'rename', 'programs that Windows still has in use'],
    ['ELOOP', 'mkdir', 'links that lead in a circle'],
    ['ENAMETOOLONG', 'mkdir', 'a name that is too long'],
  ])('%s of %s is CACHE_NOT_WRITABLE: %s', (code, syscall) => {
    const error = failure(code, syscall, '/cache/k3v/bundle');
    expect(unpackError(error, places)).toMatchObject({
      code: 'CACHE_NOT_WRITABLE',
      message: `/cache/k3v cannot be written: ${error.message}`,
      hint,
      cause: error,
    });
  });

  it.each(['EACCES', 'EPERM', 'ENOENT', 'EBUSY'])('%s of the packaged k3v itself is not said of the cache', (code) => {
    expect(unpackError(failure(code, 'open', '/bin/k3v'), places)).toMatchObject({
      code: 'BUNDLE_BROKEN',
      message: `/bin/k3v cannot be read: ${code}: open '/bin/k3v'`,
      hint: expect.stringContaining('allowed to read it'),
    });
  });

  it.each([
    brokenBundle('/bin/k3v', 'is cut off'),
    failure('EMFILE', 'open', '/cache/k3v/bundle'),
    new Error('a bug'),
    'thrown',
  ])('%s is left as it is', (error) => expect(unpackError(error, places)).toBe(error));
});
