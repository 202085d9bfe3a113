import { describe, expect, it } from 'vitest';
import { type Lease, type Service, resources } from '../../../../src/kube/types.ts';
import { apiServerEndpointsMirror } from '../../../../src/syncer/kinds/api-server-endpoints.ts';
import { syncContext } from '../../../support/sync-context.ts';

const service: Service = { kind: 'Service', metadata: { name: 'kubernetes', namespace: 'default' } };
const lease = (identity: string, address?: string): Lease => ({
  kind: 'Lease',
  metadata: {
    name: `k3v-replica-${identity}`,
    namespace: 'kube-system',
    ...(address === undefined ? {} : { annotations: { 'k3v.io/replica-address': address } }),
  },
});
const own = { ip: '10.0.0.1', port: 7443 };

function addresses(replicas: boolean, ...leases: Lease[]): string[] {
  const found = apiServerEndpointsMirror(own, { replicas }).fromHost(
    'default/kubernetes',
    syncContext({ virtual: [service, ...leases] }),
  );
  return (found?.subsets ?? []).map(
    (subset) =>
      `${subset.addresses?.map(({ ip }) => ip).join(' ')} at ${subset.ports?.map(({ port }) => port).join(' ')}`,
  );
}

describe('the Endpoints of default/kubernetes', () => {
  it('are where this k3v listens, whatever Leases there are', () => {
    expect(addresses(false, lease('b', '10.0.0.2 7443'))).toEqual(['10.0.0.1 at 7443']);
  });

  it('are where all replicas listen, by their Leases', () => {
    expect(
      addresses(true, lease('c', '10.0.0.3 7443'), lease('a', '10.0.0.1 7443'), lease('b', '10.0.0.2 7444')),
    ).toEqual(['10.0.0.1 10.0.0.3 at 7443', '10.0.0.2 at 7444']);
  });

  it('name an address once: that of the leader, else that of the first replica there', () => {
    const leases = [lease('b', '10.0.0.1 7445'), lease('d', '10.0.0.2 7447'), lease('c', '10.0.0.2 7446')];
    expect(addresses(true, ...leases)).toEqual(['10.0.0.1 at 7443', '10.0.0.2 at 7446']);
  });

  it('leave out what is no address', () => {
    expect(addresses(true, lease('b'), lease('c', ''), lease('d', '10.0.0.4'), lease('e', '10.0.0.5 x'))).toEqual([
      '10.0.0.1 at 7443',
    ]);
  });

  it('are looked at when a replica comes or goes', () => {
    const rules = apiServerEndpointsMirror(own, { replicas: true }).enqueuedBy;
    const rule = rules.find(({ resource }) => resource === resources.leases);
    expect(rule?.keys(lease('b'), syncContext({}))).toEqual(['default/kubernetes']);
  });
});
