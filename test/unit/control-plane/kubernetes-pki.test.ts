import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { apiServerRequest } from '../../../src/control-plane/kubernetes-pki.ts';

const options = {
  advertiseAddress: '10.1.2.3',
  tlsSans: ['k3v.example', '203.0.113.7', 'k3v.example'],
  serviceCidr: '10.96.0.0/16,fd00::/108',
  clusterDomain: 'my.domain',
};

describe("the API server's certificate", () => {
  it('is for every name of the Service kubernetes, this machine, the advertised address and the extra names', () => {
    expect(apiServerRequest(options)).toMatchObject({
      dnsNames: [
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.my.domain',
        'localhost',
        hostname(),
        'k3v.example',
      ],
      ipAddresses: ['127.0.0.1', '::1', '10.1.2.3', '10.96.0.1', 'fd00:0:0:0:0:0:0:1', '203.0.113.7'],
    });
  });

  it('takes a name as advertised address', () => {
    expect(apiServerRequest({ ...options, advertiseAddress: 'api.example' }).dnsNames).toContain('api.example');
  });
});
