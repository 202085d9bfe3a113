import { describe, expect, it, test } from 'vitest';
import {
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  type Service,
  resources,
} from '../../../src/kube/types.ts';
import { chargeOf, measureOf, quotaNames } from '../../../src/quota/measures.ts';

const metadata = { name: 'x', namespace: 'shop' };
type Container = NonNullable<Pod['spec']>['containers'][number];
const container = (name: string, resource: Container['resources'], more: Partial<Container> = {}): Container => ({
  name,
  image: 'app',
  resources: resource,
  ...more,
});
const podOf = (spec: Partial<NonNullable<Pod['spec']>>, status: Pod['status'] = {}): Pod => ({
  metadata,
  spec: { containers: [], ...spec },
  status,
});
const amount = (name: string, object: KubeObject) => measureOf(name)?.amountIn(object);

describe('a pod takes', () => {
  it('what its containers request together', () => {
    const pod = podOf({
      containers: [
        container('a', { requests: { cpu: '70m', memory: '1Mi' }, limits: { cpu: '1' } }),
        container('b', { requests: { cpu: '0.03' } }),
        container('c', {}),
      ],
    });
    expect([amount('cpu', pod), amount('requests.cpu', pod), amount('limits.cpu', pod)]).toEqual([100, 100, 1000]);
    expect([amount('memory', pod), amount('ephemeral-storage', pod)]).toEqual([2 ** 20, 0]);
  });

  it('what it needs to start, if that is more, with the sidecars that run by then', () => {
    const cpu = (request: string) => ({ requests: { cpu: request } });
    const pod = podOf({
      initContainers: [
        container('first', cpu('2')),
        container('sidecar', cpu('1'), { restartPolicy: 'Always' }),
        container('second', cpu('3')),
      ],
      containers: [container('main', cpu('1'))],
    });
    expect(amount('cpu', pod)).toBe(4000);
    const small = podOf({ ...pod.spec, initContainers: pod.spec?.initContainers?.slice(1, 2) ?? [] });
    expect(amount('cpu', small)).toBe(2000);
  });

  it('what is set for it as a whole, and the overhead of its runtime', () => {
    const pod = podOf({
      resources: { requests: { cpu: '2' } },
      overhead: { cpu: '250m', memory: '64Mi' },
      containers: [container('main', { requests: { cpu: '1', memory: '64Mi' } })],
    });
    expect([amount('cpu', pod), amount('memory', pod)]).toEqual([2250, 128 * 2 ** 20]);
    expect([amount('limits.cpu', pod), amount('limits.memory', pod)]).toEqual([0, 0]);
  });

  it('the larger of what it has and what it is to get', () => {
    const containerStatuses = [
      {
        name: 'main',
        image: 'app',
        imageID: '',
        ready: true,
        restartCount: 0,
        allocatedResources: { cpu: '3' },
        resources: { requests: { cpu: '2' }, limits: { cpu: '5' } },
      },
    ];
    const pod = podOf(
      { containers: [container('main', { requests: { cpu: '1' }, limits: { cpu: '1' } })] },
      { phase: 'Running', containerStatuses },
    );
    expect([amount('cpu', pod), amount('limits.cpu', pod)]).toEqual([3000, 5000]);
  });

  it('extended resources by their own names', () => {
    const pod = podOf({ containers: [container('main', { requests: { 'nvidia.com/gpu': '2' } })] });
    expect(amount('requests.nvidia.com/gpu', pod)).toBe(2);
  });

  it.each(['Succeeded', 'Failed'])('nothing but its place among objects once it has %s', (phase) => {
    const pod = podOf({ containers: [container('main', { requests: { cpu: '1' } })] }, { phase });
    expect(['cpu', 'pods', 'count/pods'].map((name) => amount(name, pod))).toEqual([0, 0, 1]);
  });
});

describe('a Service takes', () => {
  const ports = [{ port: 80, nodePort: 30080 }, { port: 443 }];
  it.each<[string, Service['spec'], number, number]>([
    ['ClusterIP', { ports }, 0, 0],
    ['NodePort', { type: 'NodePort', ports }, 2, 0],
    ['LoadBalancer', { type: 'LoadBalancer', ports }, 2, 1],
    ['LoadBalancer without node ports', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports }, 1, 1],
  ])('as %s', (_, spec, nodePorts, loadBalancers) => {
    const service: Service = { metadata, spec };
    expect(['services', 'services.nodeports', 'services.loadbalancers'].map((name) => amount(name, service))).toEqual([
      1,
      nodePorts,
      loadBalancers,
    ]);
  });
});

test('a claim takes the larger of its sizes while it grows', () => {
  const claim: PersistentVolumeClaim = {
    metadata,
    spec: { resources: { requests: { storage: '1Gi' } } },
    status: { allocatedResources: { storage: '2Gi' } },
  };
  expect([amount('requests.storage', claim), amount('persistentvolumeclaims', claim)]).toEqual([2 * 2 ** 30, 1]);
});

test('only what an object counts for is charged', () => {
  const quota = new Map([
    ['pods', 5],
    ['cpu', 4000],
    ['services', 5],
  ]);
  const charge = (resource: Resource) => chargeOf(podOf({}), resource, quota);
  expect(charge(resources.pods)).toEqual(
    new Map([
      ['pods', 1],
      ['cpu', 0],
    ]),
  );
  expect(charge(resources.secrets)).toBeUndefined();
});

test('what does not cross to the host cannot be limited', () => {
  for (const name of quotaNames) expect(measureOf(name)).toBeDefined();
  for (const name of ['count/deployments.apps', 'replicationcontrollers', 'requests.', 'hugepages', 'cpus']) {
    expect(measureOf(name)).toBeUndefined();
  }
});
