import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Endpoints, Service } from '../../../../src/kube/types.ts';
import { endpointsSyncer, toHostEndpoints } from '../../../../src/syncer/kinds/endpoints.ts';
import { syncContext } from '../../../support/sync-context.ts';

const service: Service = { kind: 'Service', metadata: { name: 'db', namespace: 'shop', uid: 'u' }, spec: {} };
const ports = [{ name: 'sql', port: 5432, protocol: 'TCP' }];
const endpoints: Endpoints = {
  kind: 'Endpoints',
  metadata: { name: 'db', namespace: 'shop' },
  subsets: [{ addresses: [{ ip: '192.0.2.1', nodeName: 'n', targetRef: { kind: 'Pod', name: 'x' } }], ports }],
};
const slice = (managedBy: string | undefined, ip: string, ready: boolean): EndpointSlice => ({
  kind: 'EndpointSlice',
  metadata: {
    name: `db-${ip}`,
    namespace: 'shop',
    labels: {
      'kubernetes.io/service-name': 'db',
      ...(managedBy ? { 'endpointslice.kubernetes.io/managed-by': managedBy } : {}),
    },
  },
  addressType: 'IPv4',
  endpoints: [{ addresses: [ip], conditions: { ready } }],
  ports,
});

const subsetsFor = (...objects: (Endpoints | EndpointSlice)[]) =>
  toHostEndpoints(service, syncContext({ virtual: objects, indexes: endpointsSyncer.indexes ?? [] })).subsets;

describe('the host Endpoints of a Service without selector', () => {
  it('hold the addresses of the tenant’s Endpoints, without references to virtual objects', () => {
    expect(subsetsFor(endpoints)).toEqual([{ addresses: [{ ip: '192.0.2.1' }], ports }]);
  });

  it('join Endpoints and slices that the tenant wrote, each address once, ready before not ready', () => {
    const slices = [
      slice(undefined, '192.0.2.2', true),
      slice(undefined, '192.0.2.1', false),
      slice(undefined, '192.0.2.3', false),
    ];
    expect(subsetsFor(endpoints, ...slices)).toEqual([
      { addresses: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2' }], notReadyAddresses: [{ ip: '192.0.2.3' }], ports },
    ]);
  });

  it('leave out slices that a controller made of the same Endpoints', () => {
    expect(subsetsFor(slice('endpointslicemirroring-controller.k8s.io', '192.0.2.2', true))).toBeUndefined();
  });

  it('hold of a slice what a kube-proxy reads of it', () => {
    const named = { ...slice(undefined, 'db.example', true), addressType: 'FQDN' };
    const many = { ...slice(undefined, '192.0.2.4', true), endpoints: [{ addresses: ['192.0.2.4', '192.0.2.5'] }] };
    const other = {
      ...slice(undefined, '2001:db8::1', true),
      addressType: 'IPv6',
      ports: [{ name: 'admin', port: 1 }],
    };
    const open = { ...slice(undefined, '192.0.2.6', true), ports: [{ name: 'every' }] };
    expect(subsetsFor(named, many, other, open)).toEqual([
      { addresses: [{ ip: '192.0.2.6' }] },
      { addresses: [{ ip: '2001:db8::1' }], ports: [{ name: 'admin', port: 1, protocol: 'TCP' }] },
      { addresses: [{ ip: '192.0.2.4' }], ports },
    ]);
    expect(subsetsFor(named)).toBeUndefined();
  });

  it('leave out Endpoints that are not to be mirrored', () => {
    const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
    const unseen = { ...endpoints, metadata: { ...endpoints.metadata, labels } };
    expect(subsetsFor(unseen, slice(undefined, '192.0.2.2', true))).toEqual([
      { addresses: [{ ip: '192.0.2.2' }], ports },
    ]);
  });

  it('carry the name of the host Service', () => {
    const { translator } = syncContext({});
    const context = syncContext({ indexes: endpointsSyncer.indexes ?? [] });
    expect(toHostEndpoints(service, context).metadata.name).toBe(translator.hostName('Service', 'shop', 'db'));
  });

  it.each<[Service['spec'], boolean]>([
    [{}, true],
    [{ selector: {} }, true],
    [{ selector: { app: 'x' } }, false],
    [{ type: 'ExternalName', externalName: 'x.example' }, false],
  ])('are written for %j: %s', (spec, wanted) => {
    expect(endpointsSyncer.selects?.({ ...service, spec }, syncContext({}))).toBe(wanted);
  });
});
