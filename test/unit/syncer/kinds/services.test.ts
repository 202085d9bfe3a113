import { describe, expect, it } from 'vitest';
import type { Service } from '../../../../src/kube/types.ts';
import { servicePatch } from '../../../../src/syncer/kinds/service-changes.ts';
import {
  toHostService,
  toVirtualService,
  withHostAddress,
  withoutTaken,
} from '../../../../src/syncer/kinds/services.ts';
import { syncContext } from '../../../support/sync-context.ts';

const { translator } = syncContext({});
type Spec = NonNullable<Service['spec']>;
const serviceWith = (spec: Spec): Service => ({ metadata: { name: 'web', namespace: 'shop', uid: 'u1' }, spec });
const toHost = (spec: Spec) => toHostService(serviceWith(spec), translator);
const hostSelector = { 'v.k3v.io/app': 'web', 'k3v.io/cluster': 'a', 'k3v.io/namespace': 'shop' };

/**
 * What becomes of each field of a Service, complete by its type: on a new host Service, and on one that has another value (`changed`) or has one
 * that the tenant does not have any more (`removed`).
 */
type Fate<T> = { tenant: T; host: unknown; other: T; changed: unknown; removed: unknown };
type Table = { [F in keyof Required<Spec>]: Fate<NonNullable<Spec[F]>> };
const tenants = <T>(tenant: T, other: T): Fate<T> => ({ tenant, host: tenant, other, changed: tenant, removed: null });
/** The host may have a value where the tenant has none. */
const asked = <T>(tenant: T, other: T): Fate<T> => ({ ...tenants(tenant, other), removed: undefined });
/** Cannot change once it is there. */
const once = <T>(tenant: T, other: T): Fate<T> => ({ ...asked(tenant, other), changed: undefined });
const ports = (port: number) => [{ port, protocol: 'TCP' }];

const table: Table = {
  allocateLoadBalancerNodePorts: tenants(false, true),
  clusterIP: once('10.0.0.1', '10.0.0.2'),
  clusterIPs: once(['10.0.0.1'], ['10.0.0.2']),
  externalIPs: { tenant: ['192.0.2.1'], host: undefined, other: ['192.0.2.2'], changed: undefined, removed: undefined },
  externalName: tenants('a.example', 'b.example'),
  externalTrafficPolicy: tenants('Local', 'Cluster'),
  healthCheckNodePort: once(30_001, 30_002),
  internalTrafficPolicy: tenants('Local', 'Cluster'),
  ipFamilies: asked(['IPv4', 'IPv6'], ['IPv4']),
  ipFamilyPolicy: asked('PreferDualStack', 'SingleStack'),
  loadBalancerClass: once('example.com/a', 'example.com/b'),
  loadBalancerIP: asked('192.0.2.1', '192.0.2.2'),
  loadBalancerSourceRanges: tenants(['192.0.2.0/24'], ['198.51.100.0/24']),
  ports: {
    ...tenants(ports(80), ports(81)),
    changed: [...ports(80), { $patch: 'replace' }],
    removed: [{ $patch: 'replace' }],
  },
  publishNotReadyAddresses: tenants(true, false),
  selector: {
    tenant: { app: 'web' },
    host: hostSelector,
    other: { app: 'x' },
    changed: { ...hostSelector, app: null },
    removed: null,
  },
  sessionAffinity: tenants('ClientIP', 'None'),
  sessionAffinityConfig: {
    ...tenants({ clientIP: { timeoutSeconds: 1 } }, { clientIP: { timeoutSeconds: 2 } }),
    changed: { clientIP: { timeoutSeconds: 1 } },
  },
  trafficDistribution: tenants('PreferClose', 'PreferSameNode'),
  type: tenants('NodePort', 'LoadBalancer'),
};

/** A field that only a Service of one type has. */
const typed = (field: string): Spec => (field === 'externalTrafficPolicy' ? { type: 'NodePort' } : {});

describe.each(Object.entries(table))('%s of a host Service', (field, { tenant, host, other, changed, removed }) => {
  const patchedField = (wanted: Spec, live: Spec): unknown =>
    Reflect.get(Object(Reflect.get(Object(servicePatch(toHost(wanted), serviceWith(live))), 'spec')), field);

  it('is what the virtual one says, when it is made', () => {
    expect(Reflect.get(Object(toHost({ ...typed(field), [field]: tenant }).spec), field)).toEqual(host);
  });

  it('is not patched when it is that', () => {
    expect(
      servicePatch(toHost({ ...typed(field), [field]: tenant }), toHost({ ...typed(field), [field]: tenant })),
    ).toBeUndefined();
  });

  it('becomes what can be, when it is something else', () => {
    expect(patchedField({ ...typed(field), [field]: tenant }, { ...typed(field), [field]: other })).toEqual(changed);
  });

  it('goes or stays when the virtual one has it no more', () => {
    expect(patchedField({}, { [field]: other })).toEqual(removed);
  });
});

describe('the host Service', () => {
  const nodePort = (port?: number): Spec => ({
    type: 'NodePort',
    ports: [{ port: 80, protocol: 'TCP', ...(port ? { nodePort: port } : {}) }],
  });

  it('without a selector stays without one', () => {
    expect(toHost({ ports: [{ port: 80 }], selector: {} }).spec).not.toHaveProperty('selector');
  });

  it('has no policy for traffic from outside when the external addresses are left out that it was for', () => {
    const given: Spec = { type: 'ClusterIP', externalIPs: ['192.0.2.1'], externalTrafficPolicy: 'Cluster' };
    expect(toHost(given).spec).toEqual({ type: 'ClusterIP' });
  });

  it('is asked for the node port of the virtual one, and keeps its own where that has none', () => {
    expect(toHost(nodePort(30_080)).spec).toEqual(nodePort(30_080));
    expect(servicePatch(toHost(nodePort(30_080)), serviceWith(nodePort(30_090)))).toEqual({
      spec: { ports: [{ port: 80, protocol: 'TCP', nodePort: 30_080 }, { $patch: 'replace' }] },
    });
    expect(servicePatch(toHost(nodePort()), serviceWith(nodePort(30_090)))).toBeUndefined();
  });

  it('gives node ports back that a load balancer is to do without', () => {
    const without: Spec = { ...nodePort(), type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    const live: Spec = { ...nodePort(30_090), type: 'LoadBalancer', allocateLoadBalancerNodePorts: false };
    expect(servicePatch(toHost(without), serviceWith(live))).toEqual({
      spec: { ports: [{ port: 80, protocol: 'TCP' }, { $patch: 'replace' }] },
    });
  });

  it('is asked for an address when it becomes more than a name, and for the second one', () => {
    const name: Spec = { type: 'ExternalName', externalName: 'x.example' };
    const wanted: Spec = { type: 'ClusterIP', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::1'] };
    expect(servicePatch(toHost(wanted), serviceWith(name))).toEqual({
      spec: { ...wanted, externalName: null },
    });
    const single: Spec = { type: 'ClusterIP', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] };
    expect(servicePatch(toHost(wanted), serviceWith(single))).toEqual({ spec: { clusterIPs: wanted.clusterIPs } });
    // What is left in the virtual object is of the time before.
    expect(servicePatch(toHost({ ...wanted, ...name }), serviceWith(single))).toEqual({ spec: name });
  });

  const wanted: Spec = {
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1'],
    healthCheckNodePort: 30_001,
    ports: [{ port: 80, nodePort: 30_080 }],
  };
  it.each([
    ['spec.clusterIPs: Invalid value: ["10.0.0.1"]: failed to allocate', ['clusterIP', 'clusterIPs']],
    ['spec.healthCheckNodePort: Invalid value: 30001: taken', ['healthCheckNodePort']],
  ])('leaves to the host what it refuses: %s', (message, fields) => {
    const left = Object.entries(wanted).filter(([field]) => !fields.includes(field));
    const instead = withoutTaken(serviceWith(wanted), message);
    expect(instead?.spec).toEqual(Object.fromEntries(left));
    expect(instead && withoutTaken(instead, message)).toBeUndefined();
  });

  it('leaves node ports to the host that it refuses, and gives up about all else', () => {
    const taken = 'spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated';
    const instead = withoutTaken(serviceWith(wanted), taken);
    expect(instead?.spec).toEqual({ ...wanted, ports: [{ port: 80 }] });
    expect(instead && withoutTaken(instead, taken)).toBeUndefined();
    expect(withoutTaken(serviceWith({ clusterIP: 'None' }), 'spec.clusterIPs: Invalid value')).toBeUndefined();
    expect(withoutTaken(serviceWith(wanted), 'spec.type: Unsupported value')).toBeUndefined();
  });
});

describe('the virtual Service', () => {
  it('takes no node port of a host Service that an earlier one of its name has left', () => {
    const left = serviceWith({ type: 'NodePort', clusterIP: '10.0.0.1', ports: [{ port: 80, nodePort: 30_080 }] });
    const madeFor = (type: string) => withHostAddress(serviceWith({ type, ports: [{ port: 80 }] }), left).spec;
    expect(madeFor('ClusterIP')).toMatchObject({ clusterIP: '10.0.0.1', ports: [{ port: 80 }] });
    expect(madeFor('ClusterIP')?.ports?.[0]).not.toHaveProperty('nodePort');
    expect(madeFor('NodePort')?.ports).toEqual([{ port: 80, nodePort: 30_080 }]);
  });

  const ports = [{ port: 80, protocol: 'TCP' }];
  const host = serviceWith({ type: 'LoadBalancer', clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'], ports });

  it.each<[string, Spec, Spec]>([
    [
      'address',
      { clusterIP: '10.0.0.2', clusterIPs: ['10.0.0.2'] },
      { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'] },
    ],
    ['second address', { clusterIPs: ['10.0.0.2', 'fd00::2'] }, { clusterIPs: ['10.0.0.2', 'fd00::1'] }],
    ['port of the health check', { healthCheckNodePort: 30_002 }, { healthCheckNodePort: 30_001 }],
  ])('moves when its %s is not the host’s', (_of, chosen, own) => {
    const change = toVirtualService(
      { ...host, spec: { ...host.spec, ...chosen } },
      serviceWith({ ...host.spec, ...own }),
    );
    const onMove = change.become ?? serviceWith({});
    expect(onMove.spec).toEqual({ type: 'ExternalName', externalName: 'moves.k3v.invalid', ports });
    const virtual = { ...serviceWith({}), metadata: { ...serviceWith({}).metadata, annotations: {} } };
    const moved = toVirtualService({ ...host, spec: { ...host.spec, ...chosen } }, onMove).become;
    expect(moved).toEqual({ ...virtual, spec: { ...host.spec, ...chosen } });
  });

  it.each<[string, Spec, Spec]>([
    ['one of the two has a second address', { clusterIPs: ['10.0.0.2'] }, { clusterIPs: ['10.0.0.2', 'fd00::1'] }],
    ['it is a name', {}, { type: 'ExternalName', clusterIP: '10.0.0.1' }],
    ['the host’s is still a name', { type: 'ExternalName', clusterIP: '' }, { clusterIP: '10.0.0.1' }],
  ])('does not move because %s', (_why, chosen, own) => {
    const change = toVirtualService(
      { ...host, spec: { ...host.spec, ...chosen } },
      serviceWith({ ...host.spec, ...own }),
    );
    expect(change).not.toHaveProperty('become');
  });

  const moving = (spec: Spec, annotation: string): Service => ({
    metadata: { ...serviceWith({}).metadata, annotations: { 'k3v.io/service-move': annotation } },
    spec,
  });
  const asName: Spec = { type: 'ExternalName', externalName: 'moves.k3v.invalid' };

  it('on the move is on the host what it was, with what was changed meanwhile', () => {
    const full: Spec = {
      type: 'LoadBalancer',
      clusterIP: '10.0.0.1',
      allocateLoadBalancerNodePorts: true,
      externalTrafficPolicy: 'Local',
      internalTrafficPolicy: 'Cluster',
      loadBalancerClass: 'tenant/x',
      ports: [{ port: 80, nodePort: 30_080 }],
      sessionAffinity: 'ClientIP',
      selector: { app: 'web' },
    };
    const { become } = toVirtualService(host, serviceWith(full));
    const edited = { ...become, spec: { ...become?.spec, selector: { app: 'other' } } } as Service;
    const { clusterIP: _, ...rest } = full;
    const wanted = toHost({ ...rest, ports: [{ port: 80 }], selector: { app: 'other' } });
    expect(toHostService(edited, translator)).toEqual(wanted);
  });

  it.each([
    ['what it was is not to be read any more', '{', { ...host.spec, type: undefined }],
    ['it says what no Service has', '{"type":"ClusterIP","x":1}', { ...host.spec, type: 'ClusterIP' }],
  ])('comes from the move though %s', (_why, annotation, spec) => {
    expect(toVirtualService(host, moving({ ...asName, ports }, annotation)).become?.spec).toEqual(spec);
  });

  it('that the tenant has made something else while it moved is that', () => {
    const made: Spec = { type: 'NodePort', clusterIP: '10.0.0.7', ports };
    const changed = moving(made, '{"type":"ClusterIP"}');
    expect(toHostService(changed, translator)).toEqual(toHost(made));
    expect(toVirtualService(host, changed).become).toMatchObject({ metadata: { annotations: {} }, spec: made });
  });

  it('gets node ports and load balancer of the host, and its conditions beside those of others', () => {
    const loadBalancer = { ingress: [{ ip: '192.0.2.9' }] };
    const condition = (type: string, message: string) => ({
      type,
      status: 'True',
      reason: 'R',
      message,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    });
    const withPort: Service = {
      ...host,
      spec: { ...host.spec, ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }] },
      status: { loadBalancer, conditions: [condition('Host', 'new')] },
    };
    const virtual = { ...host, status: { conditions: [condition('Own', 'own'), condition('Host', 'old')] } };
    expect(toVirtualService(withPort, virtual)).toEqual({
      patch: { spec: { ports: [{ port: 80, protocol: 'TCP', nodePort: 30001 }] } },
      status: { loadBalancer, conditions: [condition('Own', 'own'), condition('Host', 'new')] },
    });
  });

  it('of a class that the host does not serve keeps the load balancer that somebody else gave it', () => {
    const own = { ingress: [{ ip: '192.0.2.8' }] };
    const classed: Service = {
      ...host,
      spec: { ...host.spec, loadBalancerClass: 'tenant/x' },
      status: { loadBalancer: own },
    };
    expect(toVirtualService({ ...host, status: { loadBalancer: {} } }, classed).status).toEqual({ loadBalancer: own });
    const ofHost = { ingress: [{ ip: '192.0.2.9' }] };
    const served = toVirtualService({ ...host, status: { loadBalancer: ofHost } }, classed);
    expect(served.status).toEqual({ loadBalancer: ofHost });
    expect(toVirtualService(host, { ...host, status: { loadBalancer: own } }).status).toEqual({ loadBalancer: {} });
  });

  it('with external addresses is told that they have no effect', () => {
    const greedy = serviceWith({ ...host.spec, externalIPs: ['192.0.2.1'] });
    expect(toVirtualService(host, greedy).warning?.reason).toBe('NotSupported');
    expect(toVirtualService(host, host)).not.toHaveProperty('warning');
  });
});
