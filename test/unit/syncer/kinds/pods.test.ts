import { describe, expect, it } from 'vitest';
import {
  type ConfigMap,
  type KubeObject,
  type Pod,
  type Secret,
  type Service,
  resources,
} from '../../../../src/kube/types.ts';
import { ephemeralContainersPatch, podPatch, resizePatch } from '../../../../src/syncer/kinds/pod-changes.ts';
import {
  podSyncer,
  requireOwnClaims,
  requireProjectedFiles,
  toHostPod,
  toVirtualPod,
} from '../../../../src/syncer/kinds/pods.ts';
import { metadataPatchOf } from '../../../../src/syncer/host-patch.ts';
import { type Spec, hostNameInShop as hostName, podContext as context, podWith } from '../../../support/pod-context.ts';
import { syncContext } from '../../../support/sync-context.ts';

const hostSpec = (spec: Partial<Spec>): Spec => toHostPod(podWith(spec), context).spec ?? { containers: [] };

describe('the host pod', () => {
  it('leaves out what exists in the virtual cluster only', () => {
    const spec = hostSpec({
      serviceAccountName: 'robot',
      priorityClassName: 'high',
      priority: 7,
      schedulerName: 'mine',
    });
    expect(spec).toEqual({
      containers: [expect.objectContaining({ name: 'main', image: 'nginx' })],
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      hostname: 'p',
    });
  });

  it('names configuration, secrets and claims as they are called on the host', () => {
    const spec = hostSpec({
      imagePullSecrets: [{ name: 'pull' }],
      containers: [
        {
          name: 'main',
          envFrom: [{ configMapRef: { name: 'c' } }],
          env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
        },
      ],
      volumes: [
        { name: 'c', configMap: { name: 'c' } },
        { name: 's', secret: { secretName: 's' } },
        { name: 'd', persistentVolumeClaim: { claimName: 'd' } },
        { name: 'e', ephemeral: { volumeClaimTemplate: { spec: {} } } },
      ],
    });
    expect(spec.imagePullSecrets).toEqual([{ name: hostName('Secret', 'pull') }]);
    expect(spec.containers[0]?.envFrom).toEqual([{ configMapRef: { name: hostName('ConfigMap', 'c') } }]);
    expect(spec.containers[0]?.env).toContainEqual({
      name: 'X',
      valueFrom: { secretKeyRef: { name: hostName('Secret', 's'), key: 'k' } },
    });
    expect(spec.volumes).toEqual([
      { name: 'c', configMap: { name: hostName('ConfigMap', 'c') } },
      { name: 's', secret: { secretName: hostName('Secret', 's') } },
      { name: 'd', persistentVolumeClaim: { claimName: hostName('PersistentVolumeClaim', 'd') } },
      { name: 'e', persistentVolumeClaim: { claimName: hostName('PersistentVolumeClaim', 'p-e') } },
    ]);
  });

  it('never mounts a token of the host', () => {
    const sources = [{ serviceAccountToken: { path: 'token' } }];
    const spec = hostSpec({ volumes: [{ name: 't', projected: { sources } }] });
    expect(JSON.stringify(spec)).not.toContain('serviceAccountToken":');
    expect(spec.automountServiceAccountToken).toBe(false);
  });

  it('takes tokens of the virtual cluster from a Secret, and the rest of the volume as the tenant has it', () => {
    const sources = [
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
      { serviceAccountToken: { path: 'vault/token', audience: 'vault', expirationSeconds: 600 } },
    ];
    const secret = { name: hostName('ServiceAccountToken', 'p') };
    const [volume] = hostSpec({ volumes: [{ name: 'v', projected: { defaultMode: 420, sources } }] }).volumes ?? [];
    expect(volume).toEqual({
      name: 'v',
      projected: {
        defaultMode: 420,
        sources: [
          {
            configMap: { name: hostName('ConfigMap', 'kube-root-ca.crt'), items: [{ key: 'ca.crt', path: 'ca.crt' }] },
          },
          { secret: { ...secret, items: [{ key: 'v.1', path: 'token' }] } },
          { secret: { ...secret, items: [{ key: 'v.2', path: 'vault/token' }] } },
        ],
      },
    });
  });

  it('mounts what stands last at a path that a token shares with other files', () => {
    const sourcesOf = (sources: object[]) =>
      hostSpec({ volumes: [{ name: 'v', projected: { sources } }] }).volumes?.[0]?.projected?.sources;
    const token = { serviceAccountToken: { path: 'a' } };
    const item = (path: string) => ({ key: path, path });
    const settings = (...paths: string[]) => ({ configMap: { name: 'c', items: paths.map(item) } });
    const hostSettings = (...paths: string[]) => ({
      configMap: { name: hostName('ConfigMap', 'c'), items: paths.map(item) },
    });
    const secret = { secret: { name: hostName('ServiceAccountToken', 'p'), items: [{ key: 'v.1', path: 'a' }] } };
    expect(sourcesOf([settings('a', 'b'), token])).toEqual([hostSettings('b'), secret]);
    expect(sourcesOf([settings('a'), token])).toEqual([secret]);
    expect(sourcesOf([token, token])).toEqual([secret]);
    expect(sourcesOf([token, settings('a', 'b')])).toEqual([hostSettings('a', 'b')]);
  });

  it('shows a token to the group alone that owns the files of the pod', () => {
    const projected = { sources: [{ serviceAccountToken: { path: 'token' } }] };
    const [volume] = hostSpec({ securityContext: { fsGroup: 5 }, volumes: [{ name: 'v', projected }] }).volumes ?? [];
    expect(volume?.projected?.sources?.[0]?.secret?.items).toEqual([{ key: 'v.0', path: 'token', mode: 0o600 }]);
  });

  it.each([
    ['the one user of all its containers', { runAsUser: 7 }, [{}, {}], 0o644],
    ['the one user that each container names', {}, [{ runAsUser: 7 }, { runAsUser: 7 }], 0o644],
    ['no user, where one container names none', {}, [{ runAsUser: 7 }, {}], undefined],
    ['no user, where containers differ', { runAsUser: 7 }, [{ runAsUser: 8 }, {}], undefined],
  ])('lets %s read a token, whatever mode the volume has', (_, securityContext, contexts, mode) => {
    const containers = contexts.map((each, index) => ({ name: `c${index}`, image: 'i', securityContext: each }));
    const projected = { defaultMode: 0o400, sources: [{ serviceAccountToken: { path: 'token' } }] };
    const { volumes } = hostSpec({ securityContext, containers, volumes: [{ name: 'v', projected }] });
    expect(volumes?.[0]?.projected?.sources?.[0]?.secret?.items?.[0]?.mode).toBe(mode);
  });

  it('has to wait until the host has its trust bundles, of which one may be empty', () => {
    const pod = podWith({
      volumes: [
        { name: 'v', projected: { sources: [{ clusterTrustBundle: { name: 'b', path: 'p', optional: true } }] } },
      ],
    });
    const name = hostName('ClusterTrustBundles', 'p');
    const metadata = { name, namespace: 'team', annotations: { 'k3v.io/owner-uid': 'u1' } };
    const configMap: ConfigMap = { kind: 'ConfigMap', metadata, data: { 'v.0': '' } };
    expect(() => requireProjectedFiles(pod, syncContext({}))).toThrow('no trust bundle');
    expect(() => requireProjectedFiles(pod, syncContext({ host: [configMap] }))).not.toThrow();
  });

  it('has to wait until the host has all its tokens, and takes none of a predecessor', () => {
    const sources = [{ serviceAccountToken: { path: 'a' } }, { serviceAccountToken: { path: 'b' } }];
    const pod = podWith({ volumes: [{ name: 'v', projected: { sources } }] });
    const waits = (uid: string, data: Record<string, string>) => () => {
      const name = hostName('ServiceAccountToken', 'p');
      const annotations = { 'k3v.io/owner-uid': uid };
      const secret: Secret = { kind: 'Secret', metadata: { name, namespace: 'team', annotations }, data };
      requireProjectedFiles(pod, syncContext({ host: [secret] }));
    };
    expect(waits('u1', { 'v.0': 'x' })).toThrow(/no token of service account default/);
    expect(waits('u0', { 'v.0': 'x', 'v.1': 'x' })).toThrow(/no token/);
    expect(waits('u1', { 'v.0': 'x', 'v.1': 'x' })).not.toThrow();
    expect(() => requireProjectedFiles(podWith({}), syncContext({}))).not.toThrow();
  });

  it('has to wait while a claim of somebody else has the name of its ephemeral volume’s', () => {
    const ephemeral = { volumeClaimTemplate: { spec: {} } };
    const pod = podWith({ volumes: [{ name: 'scratch', ephemeral }] });
    const waits = (...owners: { uid: string; controller: boolean }[]) => {
      const ownerReferences = owners.map((owner) => ({ apiVersion: 'v1', kind: 'Pod', name: 'p', ...owner }));
      const metadata = { name: 'p-scratch', namespace: 'shop', ownerReferences };
      const claim: KubeObject = { kind: 'PersistentVolumeClaim', metadata };
      return () => requireOwnClaims(pod, syncContext({ virtual: [claim] }));
    };
    expect(waits()).toThrow('PVC shop/p-scratch was not created for pod shop/p (pod is not owner)');
    expect(waits({ uid: 'u0', controller: true })).toThrow('was not created for');
    expect(waits({ uid: 'u1', controller: false })).toThrow('was not created for');
    expect(waits({ uid: 'u1', controller: true })).not.toThrow();
    expect(() => requireOwnClaims(pod, syncContext({}))).not.toThrow();
  });

  it('knows the services of the virtual cluster by environment, without overriding the tenant', () => {
    const env = hostSpec({ containers: [{ name: 'main', env: [{ name: 'WEB_UI_SERVICE_HOST', value: 'mine' }] }] })
      .containers[0]?.env;
    const value = (name: string) => env?.filter((each) => each.name === name).map((each) => each.value);
    expect(value('KUBERNETES_SERVICE_HOST')).toEqual(['10.0.0.9']);
    expect(value('WEB_UI_PORT_80_TCP')).toEqual(['tcp://10.0.0.8:80']);
    expect(value('WEB_UI_SERVICE_HOST')).toEqual(['mine']);
  });

  it('knows a Service by the address that the host gave it, though it has yet to get that in the virtual cluster', () => {
    const service = (name: string, spec: Service['spec'], annotations = {}): Service => ({
      kind: 'Service',
      metadata: { namespace: 'default', name, annotations },
      spec: { ports: [{ port: 443 }], ...spec },
    });
    const moving = { type: 'ExternalName', externalName: 'moves.k3v.invalid' };
    const tenants = [
      service('kubernetes', { clusterIP: '10.0.0.1' }),
      service('web', moving, { 'k3v.io/service-move': '{"type":"ClusterIP"}' }),
    ];
    const { translator } = syncContext({});
    const given = (of: Service, clusterIP: string) => ({
      ...translator.hostObject(resources.services, of),
      spec: { clusterIP },
    });
    const host = tenants.map((each, index) => given(each, `10.0.9.${index}`));
    const context = syncContext({ virtual: tenants, host, indexes: podSyncer.indexes ?? [] });
    const pod = { metadata: { namespace: 'default', name: 'p' }, spec: { containers: [{ name: 'main' }] } };
    const env = toHostPod(pod, context).spec?.containers[0]?.env;
    const values = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({ KUBERNETES_SERVICE_HOST: '10.0.9.0', WEB_SERVICE_HOST: '10.0.9.1' });
  });

  it('tells the container the tenant’s own names through the downward API', () => {
    const field = (fieldPath: string) => ({ name: fieldPath, valueFrom: { fieldRef: { fieldPath } } });
    const env = hostSpec({
      enableServiceLinks: false,
      containers: [{ name: 'main', env: ['metadata.namespace', 'metadata.uid', 'status.podIP'].map(field) }],
    }).containers[0]?.env;
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'metadata.namespace', value: 'shop' },
        { name: 'metadata.uid', value: 'u1' },
        field('status.podIP'),
      ]),
    );
  });

  it('serves downward API files from annotations that hold the tenant’s values', () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }];
    const host = toHostPod(
      podWith({ volumes: [{ name: 'i', downwardAPI: { items } }] }, { labels: { b: '2', a: '1' } }),
      context,
    );
    const path = host.spec?.volumes?.[0]?.downwardAPI?.items?.[0]?.fieldRef?.fieldPath ?? '';
    const key = /^metadata\.annotations\['(.*)'\]$/.exec(path)?.[1] ?? '';
    expect(host.metadata.annotations?.[key]).toBe('a="1"\nb="2"');
  });

  it('spreads and attracts by translated labels of its own namespace', () => {
    const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'x' } } };
    const spec = hostSpec({
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
    });
    expect(spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector).toEqual({
      matchLabels: { 'k3v.io/cluster': 'a', 'v.k3v.io/app': 'x' },
      matchExpressions: [{ key: 'k3v.io/namespace', operator: 'In', values: ['shop'] }],
    });
  });

  it('has to wait until the virtual API server has an address', () => {
    expect(() => toHostPod(podWith({}), syncContext({ indexes: podSyncer.indexes ?? [] }))).toThrow(/no address yet/);
  });
});

describe('a change of a running pod', () => {
  it('is passed on if it is an image, a deadline or a further toleration', () => {
    const host = podWith({ tolerations: [{ key: 'a', operator: 'Exists' }] });
    const desired = podWith({
      containers: [{ name: 'main', image: 'nginx:2' }],
      activeDeadlineSeconds: 9,
      tolerations: [{ key: 'b', operator: 'Exists' }],
    });
    expect(podPatch(desired, host)).toEqual({
      spec: {
        containers: [{ name: 'main', image: 'nginx:2' }],
        activeDeadlineSeconds: 9,
        tolerations: [
          { key: 'a', operator: 'Exists' },
          { key: 'b', operator: 'Exists' },
        ],
      },
    });
  });

  it('is none because the host’s admission took another image or a shorter deadline', () => {
    const spec = { initContainers: [{ name: 'first', image: 'init' }], activeDeadlineSeconds: 9 };
    const given = toHostPod(podWith(spec), context);
    const mirrored = (name: string, image: string) => ({ name, image: `mirror.example/${image}` });
    const host: Pod = {
      ...given,
      spec: {
        initContainers: [mirrored('first', 'init')],
        containers: [mirrored('main', 'nginx')],
        activeDeadlineSeconds: 5,
      },
    };
    expect(podPatch(given, host)).toBeUndefined();
    const changed = toHostPod(podWith({ ...spec, containers: [{ name: 'main', image: 'nginx:2' }] }), context);
    expect(podPatch(changed, host)).toEqual({ spec: { containers: [{ name: 'main', image: 'nginx:2' }] } });
    expect(metadataPatchOf(changed, host)).toEqual({
      annotations: { 'k3v.io/images': '{"first":"init","main":"nginx:2"}' },
    });
  });

  it('is none because the host injected a sidecar', () => {
    const host = podWith({
      containers: [
        { name: 'main', image: 'nginx' },
        { name: 'proxy', image: 'envoy' },
      ],
    });
    expect(podPatch(podWith({}), host)).toBeUndefined();
  });
});

describe('the status of the virtual pod', () => {
  const status = (name: string) => ({ name, image: 'i', imageID: 'i', ready: true, restartCount: 0 });
  const host: Pod = {
    ...podWith({ nodeName: 'n1' }, { generation: 3 }),
    status: {
      phase: 'Running',
      qosClass: 'Burstable',
      observedGeneration: 3,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [status('main'), status('proxy')],
    },
  };

  it('is the host’s, without sidecars of the host, with its own QoS class and generation', () => {
    const virtual: Pod = { ...podWith({}, { generation: 1 }), status: { qosClass: 'BestEffort' } };
    const change = toVirtualPod(host, virtual, context);
    expect(change.bindTo).toBe('n1');
    expect(change.status).toMatchObject({ phase: 'Running', qosClass: 'BestEffort', observedGeneration: 1 });
    expect(change.status?.containerStatuses).toEqual([status('main')]);
  });

  it('is ready only when the tenant’s readiness gates are open', () => {
    const gated = podWith({ readinessGates: [{ conditionType: 'my/gate' }] });
    const ready = (virtual: Pod) =>
      toVirtualPod(host, virtual, context).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    expect(ready(gated)).toBe('False');
    expect(ready({ ...gated, status: { conditions: [{ type: 'my/gate', status: 'True' }] } })).toBe('True');
  });
});

describe('ephemeral containers', () => {
  const debug = {
    name: 'debug',
    image: 'busybox',
    targetContainerName: 'main',
    env: [
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
    ],
  };
  const virtual = podWith({ ephemeralContainers: [debug] });

  it('are no part of a pod that is created', () => {
    expect(toHostPod(virtual, context).spec).not.toHaveProperty('ephemeralContainers');
  });

  it('are added to the host pod with what they name translated', () => {
    expect(ephemeralContainersPatch(virtual, podWith({}), context)).toMatchObject({
      spec: {
        ephemeralContainers: [
          {
            name: 'debug',
            targetContainerName: 'main',
            env: expect.arrayContaining([
              { name: 'POD', value: 'p' },
              { name: 'WORD', valueFrom: { secretKeyRef: { name: hostName('Secret', 's'), key: 'k' } } },
            ]),
          },
        ],
      },
    });
  });

  it('are added once', () => {
    expect(ephemeralContainersPatch(virtual, podWith({ ephemeralContainers: [debug] }), context)).toBeUndefined();
  });
});

describe('a resize in place', () => {
  const sized = (cpu: string, generation: number) =>
    podWith({ containers: [{ name: 'main', resources: { requests: { cpu } } }] }, { generation });
  const host = podWith({
    containers: [{ name: 'main', resources: { requests: { cpu: '100m', memory: '1Gi' } } }, { name: 'injected' }],
  });

  it('passes on what the tenant changed', () => {
    expect(resizePatch(sized('200m', 2), host)).toEqual({
      spec: { containers: [{ name: 'main', resources: { requests: { cpu: '200m' }, limits: undefined } }] },
    });
  });

  it('leaves alone what is as wanted, and what the host added', () => {
    expect(resizePatch(sized('100m', 2), host)).toBeUndefined();
  });

  it('leaves a pod alone that the tenant has not changed, whatever the host made of it', () => {
    expect(resizePatch(sized('200m', 1), host)).toBeUndefined();
  });
});
