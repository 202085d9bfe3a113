import { describe, expect, test } from 'vitest';
import { cachedK3sPath, k3sAsset, releaseFileUrl, sha256Of } from '../../../src/control-plane/k3s-release.ts';

describe('k3sAsset', () => {
  test.each([
    ['x64', 'k3s', 'sha256sum-amd64.txt'],
    ['arm64', 'k3s-arm64', 'sha256sum-arm64.txt'],
    ['arm', 'k3s-armhf', 'sha256sum-arm.txt'],
  ] as const)('on linux %s it is %s, listed in %s', (arch, binary, sums) => {
    expect(k3sAsset('linux', arch)).toEqual({ binary, sums });
  });

  test.each([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['linux', 'riscv64'],
  ] as const)('there is none for %s on %s, and the error says what to use instead', (platform, arch) => {
    expect(() => k3sAsset(platform, arch)).toThrow(
      expect.objectContaining({ code: 'DISTRO_UNAVAILABLE', hint: expect.stringContaining('--distro kubernetes') }),
    );
  });
});

describe('releaseFileUrl', () => {
  test('escapes the + of a k3s version, which a server would read as a space', () => {
    expect(releaseFileUrl('https://releases.example/k3s/', 'v1.36.1+k3s1', 'k3s-arm64')).toBe(
      'https://releases.example/k3s/v1.36.1%2Bk3s1/k3s-arm64',
    );
  });
});

describe('sha256Of', () => {
  const sum = 'a'.repeat(64);
  const other = 'b'.repeat(64);

  test.each([
    ['a plain line', `${sum}  k3s\n`],
    ['a binary-mode line', `${sum} *k3s\n`],
    ['a line with a folder', `${sum}  ./dist/k3s\n`],
    ['Windows line ends', `${other}  k3s-images.tar\r\n${sum}  k3s\r\n`],
    ['capital digits', `${sum.toUpperCase()}  k3s`],
    ['files whose names begin alike', `${other}  k3s-airgap-images-amd64.tar\n${other}  k3s-arm64\n${sum}  k3s\n`],
  ])('reads %s', (_what, sums) => {
    expect(sha256Of('k3s', sums)).toBe(sum);
  });

  test.each([
    ['an empty list', ''],
    ['an HTML page', '<html>not found</html>'],
    ['a list without the file', `${sum}  k3s-arm64\n`],
    ['a sum that is too short', `${sum.slice(1)}  k3s\n`],
  ])('finds nothing in %s', (_what, sums) => {
    expect(sha256Of('k3s', sums)).toBeUndefined();
  });
});

test('every version has a place of its own in the cache', () => {
  expect(cachedK3sPath('/cache', 'v1.36.1+k3s1')).not.toBe(cachedK3sPath('/cache', 'v1.36.2+k3s1'));
});
