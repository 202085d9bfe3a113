import { expect, test } from 'vitest';
import { podRangeBeside } from '../../../src/embedded-host/pod-range.ts';

test.each([
  ['no pods', [], '10.244.0.0/16'],
  ['a few pods', ['10.244.0.1', '10.244.0.17', '10.244.0.3'], '10.244.0.17/16'],
  ['more than 255 pods', ['10.244.0.200', '10.244.2.9', '10.244.1.255'], '10.244.2.9/16'],
  ['addresses of host-network pods', ['127.0.0.1', '10.244.0.5'], '10.244.0.5/16'],
  ['addresses near the end of the range', ['10.244.254.1'], '10.244.0.0/16'],
])('beside %s counting starts after the highest address', (_what, addresses, expected) => {
  expect(podRangeBeside(addresses)).toBe(expected);
});
