import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeEvent, type Node, type Pod, type Service, resources } from '../../../src/kube/types.ts';
import { createMemoryStore } from '../../../src/state/memory-store.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from '../../support/running-engine.ts';

type Spec = NonNullable<Pod['spec']>;
type Status = NonNullable<Pod['status']>;
interface PodParts {
  metadata?: Partial<Pod['metadata']>;
  spec?: Partial<Spec>;
  status?: Status;
}
/** The pods of both sides, as they stand there and as the engine leaves them; and the reason of the event that the tenant gets. */
interface Case {
  title: string;
  virtual: Pod[];
  host: Pod[];
  after: { virtual: Pod[]; host: Pod[]; event?: string };
}

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const hostName = translator.hostName('Pod', 'shop', 'web');
const main = { name: 'main', image: 'nginx' };
const env = [
  { name: 'KUBERNETES_SERVICE_HOST', value: '10.0.0.1' },
  { name: 'KUBERNETES_SERVICE_PORT', value: '443' },
  { name: 'KUBERNETES_SERVICE_PORT_HTTPS', value: '443' },
  { name: 'KUBERNETES_PORT', value: 'tcp://10.0.0.1:443' },
  { name: 'KUBERNETES_PORT_443_TCP', value: 'tcp://10.0.0.1:443' },
  { name: 'KUBERNETES_PORT_443_TCP_PROTO', value: 'tcp' },
  { name: 'KUBERNETES_PORT_443_TCP_PORT', value: '443' },
  { name: 'KUBERNETES_PORT_443_TCP_ADDR', value: '10.0.0.1' },
];
const pending: Status = { phase: 'Pending', qosClass: 'BestEffort' };

/** The tenant's pod. */
function ofTenant({ metadata, spec, status = pending }: PodParts = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', ...metadata },
    spec: { containers: [main], ...spec },
    status,
  };
}

/** Its host pod. */
function onHost({ metadata = {}, spec, status }: PodParts = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: hostName,
      namespace: 'team',
      ...metadata,
      labels: { 'k3v.io/cluster': 'a', 'k3v.io/managed': 'true', 'k3v.io/namespace': 'shop', ...metadata.labels },
      annotations: {
        'k3v.io/owner-kind': 'Pod',
        'k3v.io/owner-namespace': 'shop',
        'k3v.io/owner-name': 'web',
        'k3v.io/owner-uid': 'u1',
        'k3v.io/images': '{"main":"nginx"}',
        ...metadata.annotations,
      },
    },
    spec: {
      containers: [{ ...main, env }],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostname: 'web',
      ...spec,
    },
    ...(status ? { status } : {}),
  };
}

const containerStatus = (name: string) => ({ name, image: 'i', imageID: 'i', ready: true, restartCount: 0 });
const running: Status = { phase: 'Running', podIP: '10.1.0.7', containerStatuses: [containerStatus('main')] };
const seen: Status = { ...running, qosClass: 'BestEffort' };
const bound = { nodeName: 'n1' };
const gates = { readinessGates: [{ conditionType: 'x/gate' }] };
const gate = { type: 'x/gate', status: 'True' };
const sidecar = { name: 'proxy', image: 'envoy' };

const cases: Case[] = [
  {
    title: 'a new pod is made on the host, with what means something there',
    virtual: [
      ofTenant({
        metadata: { labels: { app: 'x' }, annotations: { note: 'n' } },
        spec: { priorityClassName: 'high', serviceAccountName: 'robot', nodeSelector: { disk: 'ssd' } },
      }),
    ],
    host: [],
    after: {
      virtual: [
        ofTenant({
          metadata: { labels: { app: 'x' }, annotations: { note: 'n' } },
          spec: { priorityClassName: 'high', serviceAccountName: 'robot', nodeSelector: { disk: 'ssd' } },
        }),
      ],
      host: [
        onHost({
          metadata: {
            labels: { 'v.k3v.io/app': 'x' },
            annotations: { note: 'n', 'k3v.io/copied-annotations': 'note' },
          },
          spec: { nodeSelector: { disk: 'ssd' } },
          status: { phase: 'Pending' },
        }),
      ],
    },
  },
  {
    title: 'the status comes back, without what the host injected, which stays there',
    virtual: [ofTenant({ spec: bound })],
    host: [
      onHost({
        metadata: { labels: { injected: 'yes' } },
        spec: { ...bound, containers: [{ ...main, env }, sidecar] },
        status: { ...running, qosClass: 'Burstable', containerStatuses: ['main', 'proxy'].map(containerStatus) },
      }),
    ],
    after: {
      virtual: [ofTenant({ spec: bound, status: seen })],
      host: [
        onHost({
          metadata: { labels: { injected: 'yes' } },
          spec: { ...bound, containers: [{ ...main, env }, sidecar] },
          status: { ...running, qosClass: 'Burstable', containerStatuses: ['main', 'proxy'].map(containerStatus) },
        }),
      ],
    },
  },
  {
    title: 'a readiness gate opens on the host when the tenant opens it',
    virtual: [ofTenant({ spec: { ...bound, ...gates }, status: { ...pending, conditions: [gate] } })],
    host: [onHost({ spec: { ...bound, ...gates }, status: running })],
    after: {
      virtual: [ofTenant({ spec: { ...bound, ...gates }, status: { ...seen, conditions: [gate] } })],
      host: [onHost({ spec: { ...bound, ...gates }, status: { ...running, conditions: [gate] } })],
    },
  },
  {
    title: 'a pod with closed scheduling gates stays where it is',
    virtual: [ofTenant({ spec: { schedulingGates: [{ name: 'x/gate' }] } })],
    host: [],
    after: { virtual: [ofTenant({ spec: { schedulingGates: [{ name: 'x/gate' }] } })], host: [] },
  },
  {
    title: 'a pod that the host runs elsewhere than the tenant says keeps its status, and the tenant is told',
    virtual: [ofTenant({ spec: { nodeName: 'n2' } })],
    host: [onHost({ spec: bound, status: running })],
    after: {
      virtual: [ofTenant({ spec: { nodeName: 'n2' } })],
      host: [onHost({ spec: bound, status: running })],
      event: 'NodeMismatch',
    },
  },
  {
    title: 'a pod with resource claims waits, and the tenant is told',
    virtual: [ofTenant({ spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] } })],
    host: [],
    after: {
      virtual: [ofTenant({ spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] } })],
      host: [],
      event: 'NotSupported',
    },
  },
  {
    title: 'a host pod of a predecessor with the same name goes, with no word to its successor',
    virtual: [ofTenant({ metadata: { uid: 'u2' } })],
    host: [onHost()],
    after: {
      virtual: [ofTenant({ metadata: { uid: 'u2' } })],
      host: [onHost({ metadata: { annotations: { 'k3v.io/owner-uid': 'u2' } }, status: { phase: 'Pending' } })],
    },
  },
  {
    title: 'pods of others on the host are none of ours',
    virtual: [],
    host: [{ ...onHost(), metadata: { name: 'foreign', namespace: 'team', labels: { app: 'x' } } }],
    after: {
      virtual: [],
      host: [{ ...onHost(), metadata: { name: 'foreign', namespace: 'team', labels: { app: 'x' } } }],
    },
  },
  {
    title: 'a pod that ran and has gone from the host ends',
    virtual: [ofTenant({ spec: bound, status: seen })],
    host: [],
    after: { virtual: [], host: [] },
  },
];

/** Without what a server writes by itself. */
function content(server: FakeApiServer): unknown[] {
  return server.store.list<Pod>(resources.pods).map((pod) => {
    const {
      resourceVersion: _,
      creationTimestamp: __,
      uid,
      generation: ___,
      managedFields: ____,
      ...metadata
    } = pod.metadata;
    return { ...pod, metadata: metadata.namespace === 'shop' ? { ...metadata, uid } : metadata };
  });
}

describe('pods before and after', () => {
  let virtual: FakeApiServer;
  let host: FakeApiServer;
  let running: RunningEngine | undefined;

  beforeEach(async () => {
    [virtual, host] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
    const apiServer: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kubernetes', namespace: 'default' },
      spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
    };
    virtual.store.put(resources.services, apiServer);
    const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } };
    host.store.put(resources.nodes, node);
  });

  afterEach(async () => {
    await running?.stop();
    await Promise.all([virtual.stop(), host.stop()]);
  });

  it.each(cases)('$title', async ({ virtual: tenants, host: hosts, after }) => {
    for (const pod of tenants) virtual.store.put(resources.pods, pod);
    for (const pod of hosts) host.store.put(resources.pods, pod);
    running = await startEngineBetween({ virtual, host, translator, store: createMemoryStore() });
    await eventually(() => {
      expect({ virtual: content(virtual), host: content(host) }).toEqual({ virtual: after.virtual, host: after.host });
      const reasons = virtual.store.list<KubeEvent>(resources.events).map(({ reason }) => reason);
      expect(reasons).toEqual(after.event ? [after.event] : []);
    });
  });
});
