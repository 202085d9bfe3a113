import { describe, expect, it } from 'vitest';
import { parseConnectTarget } from '../../../src/apiserver-proxy/connect-target.ts';

describe('parseConnectTarget', () => {
  it.each([
    ['10.1.0.7:8443', { host: '10.1.0.7', isAddress: true, port: 8443 }],
    ['[fd00:0:0::7]:443', { host: 'fd00::7', isAddress: true, port: 443 }],
    ['[::ffff:10.0.0.1]:443', { host: '::ffff:10.0.0.1', isAddress: true, port: 443 }],
    ['web.shop.svc:443', { host: 'web.shop.svc', isAddress: false, port: 443 }],
    ['Web.Shop.SVC.:443', { host: 'web.shop.svc', isAddress: false, port: 443 }],
    ['node-1:10250', { host: 'node-1', isAddress: false, port: 10_250 }],
  ])('reads %s', (authority, target) => {
    expect(parseConnectTarget(authority)).toEqual(target);
  });

  it.each([
    ['no port', '10.1.0.7'],
    ['port 0', '10.1.0.7:0'],
    ['a port above 65535', '10.1.0.7:65536'],
    ['a port in octal', '10.1.0.7:0443'],
    ['a signed port', '10.1.0.7:+443'],
    ['two ports', '10.1.0.7:443:80'],
    ['an address as one number', '2130706433:443'],
    ['an address of two parts', '127.1:443'],
    ['an address with octal parts', '0177.0.0.1:443'],
    ['an address in hexadecimal', '0x7f000001:443'],
    ['an address with a hexadecimal part', '127.0.0.0x1:443'],
    ['an address with a dot at its end', '127.0.0.1.:443'],
    ['an address with a leading zero', '10.01.0.7:443'],
    ['a part above 255', '10.1.0.256:443'],
    ['an IPv6 address without brackets', 'fd00::7:443'],
    ['an IPv6 zone', '[fe80::1%eth0]:443'],
    ['an IPv4 address in brackets', '[10.1.0.7]:443'],
    ['a name in brackets', '[web]:443'],
    ['empty brackets', '[]:443'],
    ['no host', ':443'],
    ['credentials', 'user:pass@10.1.0.7:443'],
    ['a user', 'user@10.1.0.7:443'],
    ['a scheme', 'https://10.1.0.7:443'],
    ['a path', '10.1.0.7:443/metrics'],
    ['a path before the port', 'web/../x:443'],
    ['an encoded slash', 'web%2f..%2fx:443'],
    ['a query', 'web?a=b:443'],
    ['two dots', 'web..svc:443'],
    ['a dot before the name', '.web:443'],
    ['a wildcard', '*.svc:443'],
    ['an underscore', 'a_b:443'],
    ['a hyphen at the end', 'web-:443'],
    ['a name with other letters', 'wéb:443'],
    ['digits that are no ASCII', '１２７.0.0.1:443'],
    ['a space', '10.1.0.7 :443'],
    ['a line break', '10.1.0.7:443\r\nHost: evil'],
    ['a line break at the end', '10.1.0.7:443\n'],
    ['a NUL', '10.1.0.7\0:443'],
    ['a label of 64 letters', `${'a'.repeat(64)}.svc:443`],
    ['a name of 254 letters', `${'a.'.repeat(126)}aa:443`],
  ])('refuses %s', (_, authority) => {
    expect(parseConnectTarget(authority)).toBeUndefined();
  });
});
