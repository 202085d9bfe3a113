import { describe, expect, it } from 'vitest';
import type { KubeEvent, Pod } from '../../../../src/kube/types.ts';
import { keepHostEvent, lastSeenMs, toVirtualEvent, virtualEventKey } from '../../../../src/syncer/kinds/events.ts';
import { toHostConfigMap } from '../../../../src/syncer/kinds/configmaps.ts';
import { resources } from '../../../../src/kube/types.ts';
import { syncContext } from '../../../support/sync-context.ts';

const virtualPod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'virtual-uid' },
  spec: {
    containers: [{ name: 'main', image: 'app', envFrom: [{ secretRef: { name: 'password' } }] }],
    initContainers: [{ name: 'first' }],
    volumes: [{ name: 'c', configMap: { name: 'settings' } }],
  },
};
const { translator } = syncContext({});
const hostMetadata = translator.hostObject(resources.pods, virtualPod).metadata;
const hostPod: Pod = { ...virtualPod, metadata: { ...hostMetadata, uid: 'host-uid' } };
const nameOf = (kind: string, name: string, namespace = 'shop') => translator.hostName(kind, namespace, name);
const involved = {
  host: hostPod,
  owner: { kind: 'Pod', namespace: 'shop', name: 'web', uid: 'virtual-uid' },
  virtual: virtualPod,
};

const hostEvent: KubeEvent = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: {
    name: `${hostPod.metadata.name}.18a2f3c4d5e6f7a8`,
    namespace: 'team',
    uid: 'event-uid',
    resourceVersion: '9',
    labels: { a: 'b' },
  },
  involvedObject: {
    apiVersion: 'v1',
    kind: 'Pod',
    namespace: 'team',
    name: hostPod.metadata.name,
    uid: 'host-uid',
    resourceVersion: '5',
    fieldPath: 'spec.containers{main}',
  },
  type: 'Warning',
  reason: 'BackOff',
  message: `Back-off restarting failed container main in pod ${hostPod.metadata.name}_team(host-uid)`,
  source: { component: 'kubelet', host: 'node1' },
  reportingComponent: 'kubelet',
  reportingInstance: 'node1',
  firstTimestamp: '2026-11-21T10:00:00Z',
  lastTimestamp: '2026-11-21T10:05:00Z',
  count: 7,
};
const context = syncContext({ virtual: [virtualPod], host: [hostPod] });
const at = (fieldPath: string) => ({ ...hostEvent, involvedObject: { ...hostEvent.involvedObject, fieldPath } });

describe('the virtual event', () => {
  it('is the host event, about the virtual pod and in its words', () => {
    expect(toVirtualEvent(hostEvent, involved, context)).toEqual({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: {
        name: virtualEventKey(hostEvent, involved.owner).split('/')[1],
        namespace: 'shop',
        labels: { 'k3v.io/managed': 'true' },
      },
      involvedObject: {
        apiVersion: 'v1',
        kind: 'Pod',
        namespace: 'shop',
        name: 'web',
        uid: 'virtual-uid',
        fieldPath: 'spec.containers{main}',
      },
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off restarting failed container main in pod web_shop(virtual-uid)',
      source: { component: 'kubelet', host: 'node1' },
      reportingComponent: 'kubelet',
      reportingInstance: 'node1',
      firstTimestamp: '2026-11-21T10:00:00Z',
      lastTimestamp: '2026-11-21T10:05:00Z',
      count: 7,
    });
  });

  it('of a scheduler keeps its action and its series', () => {
    const series = { count: 3, lastObservedTime: '2026-11-21T10:06:00.000000Z' };
    const { count: _, firstTimestamp: __, lastTimestamp: ___, ...rest } = hostEvent;
    const scheduled = { ...rest, eventTime: '2026-11-21T10:00:00.000000Z', action: 'Scheduling', series };
    expect(toVirtualEvent(scheduled, involved, context)).toMatchObject({
      action: 'Scheduling',
      eventTime: '2026-11-21T10:00:00.000000Z',
      series,
    });
    expect(lastSeenMs(scheduled)).toBe(Date.parse(series.lastObservedTime));
  });

  it.each([
    ['what the pod names and the host lacks', nameOf('ConfigMap', 'settings'), 'settings'],
    ['a Secret of the environment', nameOf('Secret', 'password'), 'password'],
    ['the Secret that holds its tokens', nameOf('ServiceAccountToken', 'web'), 'web-token'],
    ['another object of ours', nameOf('ConfigMap', 'other', 'bank'), 'other'],
    ['an object that nobody knows', nameOf('ConfigMap', 'unknown'), nameOf('ConfigMap', 'unknown')],
  ])('calls %s by its name', (_, hostName, name) => {
    const metadata = { name: 'other', namespace: 'bank', uid: 'u' };
    const other = toHostConfigMap({ kind: 'ConfigMap', metadata }, translator);
    const withOther = syncContext({ virtual: [virtualPod], host: [hostPod, other] });
    const event = { ...hostEvent, message: `"${hostName}" not found` };
    expect(toVirtualEvent(event, involved, withOther)?.message).toBe(`"${name}" not found`);
  });

  it('is made also when the virtual pod has gone', () => {
    const without = syncContext({ host: [hostPod] });
    expect(toVirtualEvent(hostEvent, { ...involved, virtual: undefined }, without)?.involvedObject.uid).toBe(
      'virtual-uid',
    );
  });

  it('is about containers that the tenant has', () => {
    expect(toVirtualEvent(at('spec.initContainers{first}'), involved, context)).toBeDefined();
    expect(toVirtualEvent(at('spec.containers{istio-proxy}'), involved, context)).toBeUndefined();
  });

  it('has a name that is the same every time, in the order of time, and another for another event', () => {
    const again = { ...hostEvent, metadata: { ...hostEvent.metadata, uid: 'another' } };
    expect(virtualEventKey(hostEvent, involved.owner)).toMatch(/^shop\/web\.18a2f3c4d5e6f7a8[0-9a-f]{8}$/);
    expect(virtualEventKey(hostEvent, involved.owner)).toBe(virtualEventKey(hostEvent, involved.owner));
    expect(virtualEventKey(again, involved.owner)).not.toBe(virtualEventKey(hostEvent, involved.owner));
  });
});

describe('of the events of the host', () => {
  it('one that may be about a pod of ours is held, without metadata that nobody reads', () => {
    const kept = keepHostEvent(hostEvent);
    expect(kept).toEqual({
      ...hostEvent,
      metadata: { name: hostEvent.metadata.name, namespace: 'team', uid: 'event-uid', resourceVersion: '9' },
    });
  });

  it.each([
    ['a pod with another kind of name', { name: 'nginx-7c5ddbdf54-abcde' }],
    ['another kind', { kind: 'ReplicaSet', apiVersion: 'apps/v1' }],
    ['a kind of the same name in another group', { apiVersion: 'example.com/v1' }],
    ['another namespace', { namespace: 'other' }],
  ])('none about %s is', (_, change) => {
    const involvedObject = { ...hostEvent.involvedObject, ...change };
    expect(keepHostEvent({ ...hostEvent, involvedObject })).toBeUndefined();
  });
});
