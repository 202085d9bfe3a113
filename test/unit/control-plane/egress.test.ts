import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Egress, egressConfiguration } from '../../../src/control-plane/egress.ts';

const onSockets: Egress = {
  cluster: { socket: '/home/me/k3v-data/control-plane/egress/cluster.sock' },
  controlPlane: { socket: '/tmp/k3v-x/controlplane.sock' },
  kubeletCaFile: '/p/ca.crt',
  kubeletClient: { certFile: '/p/client.crt', keyFile: '/p/client.key' },
};

describe('the egress configuration', () => {
  it('sends everything into the cluster, and webhooks by URL, through sockets', () => {
    const configuration = parse(egressConfiguration(onSockets, '/home/me/k3v-data/control-plane/kubernetes'));
    const connection = (udsName: string) => ({ proxyProtocol: 'HTTPConnect', transport: { uds: { udsName } } });
    expect(configuration).toEqual({
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [
        { name: 'cluster', connection: connection('../egress/cluster.sock') },
        { name: 'controlplane', connection: connection('/tmp/k3v-x/controlplane.sock') },
      ],
    });
  });

  it('names the certificates of a proxy that listens on a port', () => {
    const proxy = { url: 'https://127.0.0.1:1234', caFile: '/p/ca.crt', certFile: '/p/c.crt', keyFile: '/p/c.key' };
    const configuration = parse(egressConfiguration({ ...onSockets, cluster: proxy }, '/x'));
    expect(configuration.egressSelections[0].connection.transport).toEqual({
      tcp: {
        url: 'https://127.0.0.1:1234',
        tlsConfig: { caBundle: '/p/ca.crt', clientCert: '/p/c.crt', clientKey: '/p/c.key' },
      },
    });
  });
});
