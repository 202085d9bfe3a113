import { expect, test } from 'vitest';
import { parseK3sVersion } from '../../../src/control-plane/k3s-version.ts';

test.each([
  ['k3s version v1.36.1+k3s1 (0ab1c2d3)\ngo version go1.26.1\n', 'v1.36.1+k3s1', 36],
  ['k3s version v1.28.15+k3s1 (869dd4d6)\ngo version go1.22.8\n', 'v1.28.15+k3s1', 28],
  ['k3s version v1.33.0-rc1+k3s1 (12345678)\n', 'v1.33.0-rc1+k3s1', 33],
  ['k3s version v1.35.2+k3s-77dbe648 (77dbe648)\n', 'v1.35.2+k3s-77dbe648', 35],
  ['time="2026-01-01" level=info msg="Acquiring lock"\nk3s version v1.31.4+k3s1 (a562d090)\n', 'v1.31.4+k3s1', 31],
])('%j is %s', (output, text, minor) => {
  expect(parseK3sVersion(output)).toEqual({ text, minor });
});

test.each(['', 'v1.36.1+k3s1', 'k3s version dev (HEAD)', 'rke2 version v1.36.1+rke2r1', 'k3s version v2.0.0+k3s1'])(
  '%j is not a k3s that k3v knows',
  (output) => {
    expect(parseK3sVersion(output)).toBeUndefined();
  },
);
