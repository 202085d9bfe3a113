import { describe, expect, it } from 'vitest';
import type { Service } from '../../../../src/kube/types.ts';
import { servicePatch, toHostService, toVirtualService } from '../../../../src/syncer/kinds/services.ts';
import { syncContext } from '../../../support/sync-context.ts';

const { translator } = syncContext({});
type Spec = NonNullable<Service['spec']>;
const serviceWith = (spec: Spec): Service => ({ metadata: { name: 'web', namespace: 'shop', uid: 'u1' }, spec });
const toHost = (spec: Spec) => toHostService(serviceWith(spec), translator);

describe('the host Service', () => {
  it('selects the pods of its own virtual namespace by translated labels', () => {
    expect(toHost({ selector: { app: 'web' } }).spec?.selector).toEqual({
      'v.k3v.io/app': 'web',
      'k3v.io/cluster': 'a',
      'k3v.io/namespace': 'shop',
    });
  });

  it('without a selector stays without one', () => {
    expect(toHost({ ports: [{ port: 80 }] }).spec).not.toHaveProperty('selector');
  });

  it('takes neither node ports nor external addresses from the tenant', () => {
    const spec = toHost({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }], externalIPs: ['192.0.2.1'] }).spec;
    expect(spec).toEqual({ type: 'NodePort', ports: [{ port: 80 }] });
  });

  it('is not patched because of what the host chose', () => {
    const desired = toHost({ type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, protocol: 'TCP' }] });
    const spec: Spec = {
      ...desired.spec,
      clusterIP: '10.0.0.2',
      ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }],
    };
    expect(servicePatch(desired, { ...desired, spec })).toBeUndefined();
  });

  it('loses the ports that the tenant removes', () => {
    const desired = toHost({ type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] });
    const spec: Spec = {
      ...desired.spec,
      ports: [
        { port: 80, protocol: 'TCP' },
        { port: 81, protocol: 'TCP' },
      ],
    };
    expect(servicePatch(desired, { ...desired, spec })).toEqual({
      spec: { ports: [{ port: 80, protocol: 'TCP' }, { $patch: 'replace' }] },
    });
  });
});

describe('the virtual Service', () => {
  const ports = [{ port: 80, protocol: 'TCP' }];
  const host = serviceWith({ type: 'LoadBalancer', clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'], ports });

  it('is made anew when its address is not the host’s', () => {
    const change = toVirtualService(host, serviceWith({ type: 'LoadBalancer', clusterIP: '10.0.0.1', ports }));
    expect(change.recreateAs?.spec).toMatchObject({ clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] });
    expect(change.recreateAs?.metadata).not.toHaveProperty('uid');
  });

  it('gets node ports and load balancer of the host', () => {
    const loadBalancer = { ingress: [{ ip: '192.0.2.9' }] };
    const withPort: Service = {
      ...host,
      spec: { ...host.spec, ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }] },
      status: { loadBalancer },
    };
    expect(toVirtualService(withPort, serviceWith({ type: 'LoadBalancer', clusterIP: '10.0.0.2', ports }))).toEqual({
      patch: { spec: { ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }] } },
      status: { loadBalancer },
    });
  });

  it('that is an external name keeps out of addresses', () => {
    expect(toVirtualService(host, serviceWith({ type: 'ExternalName', externalName: 'x.example' }))).not.toHaveProperty(
      'recreateAs',
    );
  });
});
