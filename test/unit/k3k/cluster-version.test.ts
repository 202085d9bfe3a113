import { describe, expect, test } from 'vitest';
import { compareVersions, k3sTag, sharedMinor, shownVersion } from '../../../src/k3k/cluster-version.ts';
import { devContext } from '../../support/k3k-context.ts';

const on = (host: string, version?: string, running?: string) => {
  const context = devContext({
    spec: version === undefined ? {} : { version },
    ...(running === undefined ? {} : { status: { version: running } }),
  });
  return { ...context, host: { ...context.host, version: host } };
};

describe('the version of a cluster in mode shared', () => {
  test.each([
    ['v1.36.3', 'v1.34.1', undefined, '1.34'],
    ['v1.36.3', '1.34', undefined, '1.34'],
    ['v1.36.3', 'v1.35.0', undefined, undefined],
    ['v1.36.3', undefined, undefined, '1.36'],
    ['v1.36.3', undefined, 'v1.34', '1.34'],
    ['v1.35.3+k3s1', undefined, undefined, '1.34'],
    ['v1.37.0', undefined, undefined, '1.36'],
    ['v1.30.0', undefined, undefined, '1.34'],
  ])('on a host of %s that asks for %s and has %s is %s', (host, version, running, minor) => {
    expect(sharedMinor(on(host, version, running))).toBe(minor);
  });

  test('is shown without its patch, which the image of k3v brings', () => {
    expect(shownVersion(on('v1.36.3', 'v1.34.1'))).toBe('v1.34');
  });
});

test.each([
  ['v1.36.3-k3s2', 'v1.36.3-k3s2'],
  ['v1.36.3+k3s2', 'v1.36.3-k3s2'],
  ['v1.36.3', 'v1.36.3-k3s1'],
  ['1.36', 'v1.36.0-k3s1'],
])('the image of k3s for %s has the tag %s', (version, tag) => {
  expect(k3sTag(on('v1.30.0', version))).toBe(tag);
});

test.each([
  ['v1.36', 'v1.34', 1],
  ['v1.34', 'v1.36.2', -1],
  ['1.36', 'v1.36.3', 0],
  ['v1.36.3-k3s1', 'v1.36.3-k3s2', -1],
  ['v1.36.10', 'v1.36.9', 1],
])('%s is, beside %s, %i', (a, b, sign) => {
  expect(Math.sign(compareVersions(a, b))).toBe(sign);
});
