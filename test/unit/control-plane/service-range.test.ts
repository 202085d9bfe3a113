import { describe, expect, it } from 'vitest';
import { firstServiceAddresses } from '../../../src/control-plane/service-range.ts';

describe('the address of default/kubernetes', () => {
  it.each([
    ['10.96.0.0/16', ['10.96.0.1']],
    ['10.96.0.0/12', ['10.96.0.1']],
    ['10.43.7.9/24', ['10.43.7.1']],
    ['192.168.255.128/25', ['192.168.255.129']],
    ['fd00::/108', ['fd00:0:0:0:0:0:0:1']],
    ['fd00:10:96::/112', ['fd00:10:96:0:0:0:0:1']],
    ['10.96.0.0/16, fd00::1:0/112', ['10.96.0.1', 'fd00:0:0:0:0:0:1:1']],
  ])('is the first one of %s', (cidrs, addresses) => {
    expect(firstServiceAddresses(cidrs)).toEqual(addresses);
  });

  it.each(['', '10.96.0.0', '10.96.0.0/32', '10.96.0/16', '10.96.0.0/-1', 'fd00::/128', 'web/16'])(
    'does not exist in %j',
    (cidrs) => {
      expect(() => firstServiceAddresses(cidrs)).toThrow(expect.objectContaining({ code: 'FLAG_INVALID' }));
    },
  );
});
