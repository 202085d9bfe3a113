import { describe, expect, it } from 'vitest';
import { clusterIndexes } from '../../../src/apiserver-proxy/cluster-indexes.ts';
import { createClusterView } from '../../../src/apiserver-proxy/cluster-view.ts';
import { type EndpointSlice, type KubeObject, type Node, type Pod, resources } from '../../../src/kube/types.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { syncContext } from '../../support/sync-context.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });

function virtualPod(name: string, uid = `uid-${name}`): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', uid } };
}

function hostPod(virtual: Pod, status: Pod['status'], spec: Partial<NonNullable<Pod['spec']>> = {}): Pod {
  return {
    ...translator.hostObject(resources.pods, virtual),
    spec: { containers: [], nodeName: 'n1', ...spec },
    status: { phase: 'Running', hostIP: '192.168.0.1', ...status },
  };
}

function viewOf(virtual: KubeObject[], host: KubeObject[] = []) {
  return createClusterView(syncContext({ virtual, host, indexes: clusterIndexes }));
}

function node(name: string, ...addresses: string[]): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

describe('the view of a virtual cluster', () => {
  it('finds a pod by the address that the host gave it', () => {
    const web = virtualPod('web');
    const host = hostPod(web, { podIP: '10.1.0.7', podIPs: [{ ip: '10.1.0.7' }, { ip: 'fd00:0:0::7' }] });
    const view = viewOf([web], [host]);
    expect(view.podAt('10.1.0.7')).toEqual({ virtual: web, host });
    expect(view.podAt('fd00::7')).toEqual({ virtual: web, host });
    expect(view.podAt('10.1.0.8')).toBeUndefined();
    expect(view.podsOnNode('n1')).toEqual([{ virtual: web, host }]);
  });

  it('takes no address from the status that a tenant can write', () => {
    const web = { ...virtualPod('web'), status: { podIP: '10.0.0.1' } };
    expect(viewOf([web], [hostPod(web, { podIP: '10.1.0.7' })]).podAt('10.0.0.1')).toBeUndefined();
  });

  it('does not take the host pod of an earlier pod of the same name', () => {
    const host = hostPod(virtualPod('web', 'first'), { podIP: '10.1.0.7' });
    const view = viewOf([virtualPod('web', 'second')], [host]);
    expect(view.pod('shop', 'web')?.host).toBeUndefined();
    expect(view.podAt('10.1.0.7')).toBeUndefined();
  });

  it.each(['Succeeded', 'Failed'])('does not find a pod that has %s by its address', (phase) => {
    const web = virtualPod('web');
    expect(viewOf([web], [hostPod(web, { phase, podIP: '10.1.0.7' })]).podAt('10.1.0.7')).toBeUndefined();
  });

  it('tells pods in the network of their node from those with an address of their own', () => {
    const web = virtualPod('web');
    const host = hostPod(web, { podIP: '192.168.0.1' }, { hostNetwork: true });
    const view = viewOf([web], [host]);
    expect(view.podAt('192.168.0.1')).toBeUndefined();
    expect(view.hostNetworkPodsAt('192.168.0.1')).toEqual([{ virtual: web, host }]);
  });

  it('finds a node by name, and by address if no other has the same', () => {
    const [n1, n2, n3] = [node('n1', '127.0.0.1'), node('n2', '127.0.0.1'), node('n3', 'fd00:0::3')];
    const view = viewOf([n1, n2, n3]);
    expect(view.nodeAt('n1')).toBe(n1);
    expect(view.nodeAt('127.0.0.1')).toBeUndefined();
    expect(view.nodeAt('fd00::3')).toBe(n3);
  });

  it('finds the node of the host where a tenant made one with the same address', () => {
    const mirrored = node('n1', '192.168.0.1');
    mirrored.metadata.labels = { 'k3v.io/managed': 'true' };
    expect(viewOf([node('fake', '192.168.0.1'), mirrored]).nodeAt('192.168.0.1')).toBe(mirrored);
  });

  it('finds a Service by its address and lists its ready addresses', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { clusterIP: '10.96.0.9' },
    };
    const slice: EndpointSlice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.0.7'] }, { addresses: ['10.1.0.8'], conditions: { ready: false } }],
      ports: [
        { name: 'https', port: 8443, protocol: 'TCP' },
        { name: 'dns', port: 53, protocol: 'UDP' },
      ],
    };
    const view = viewOf([service, slice]);
    expect(view.serviceAt('10.96.0.9')).toBe(service);
    expect(view.endpointsOf('shop', 'web')).toEqual([{ ip: '10.1.0.7', ports: [{ name: 'https', port: 8443 }] }]);
  });
});
