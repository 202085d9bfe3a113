import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../../src/kube/types.ts';
import { podPatch, resizePatch } from '../../../../src/syncer/kinds/pod-changes.ts';
import {
  requireKnownSources,
  requireShortHostname,
  toHostPod,
  toVirtualPod,
} from '../../../../src/syncer/kinds/pods.ts';
import { gatesPatch } from '../../../../src/translate/pod-conditions.ts';
import { type Spec, hostNameInShop, podContext, podWith } from '../../../support/pod-context.ts';

type Env = NonNullable<Spec['containers'][number]['env']>;
type Status = NonNullable<Pod['status']>;
type Condition = NonNullable<Status['conditions']>[number];

const hostOf = (spec: Partial<Spec>, metadata: Partial<Pod['metadata']> = {}) =>
  toHostPod(podWith(spec, metadata), podContext);
const envOf = (env: Env, envFrom: Spec['containers'][number]['envFrom'] = []): Env =>
  hostOf({ containers: [{ name: 'main', env, envFrom }] }).spec?.containers[0]?.env ?? [];
const field = (fieldPath: string) => ({ name: 'X', valueFrom: { fieldRef: { fieldPath } } });
const annotationBehind = (host: Pod, path = '') =>
  host.metadata.annotations?.[/^metadata\.annotations\['(.*)'\]$/.exec(path)?.[1] ?? ''];

describe('variables of a container', () => {
  it('refer to a service variable until the tenant sets one of the same name', () => {
    const env = envOf([
      { name: 'BEFORE', value: '$(WEB_UI_SERVICE_HOST):$(OTHER)$$(WEB_UI_SERVICE_HOST)' },
      { name: 'WEB_UI_SERVICE_HOST', value: 'mine, not $(WEB_UI_SERVICE_HOST)' },
      { name: 'AFTER', value: '$(WEB_UI_SERVICE_HOST)' },
    ]);
    expect(env.slice(-3)).toEqual([
      { name: 'BEFORE', value: '10.0.0.8:$(OTHER)$$(WEB_UI_SERVICE_HOST)' },
      { name: 'WEB_UI_SERVICE_HOST', value: 'mine, not 10.0.0.8' },
      { name: 'AFTER', value: '$(WEB_UI_SERVICE_HOST)' },
    ]);
    expect(env.filter(({ name }) => name === 'WEB_UI_SERVICE_HOST')).toHaveLength(1);
  });

  it('of a service give way to those that a ConfigMap sets', () => {
    const names = (envFrom: Spec['containers'][number]['envFrom']) => envOf([], envFrom).map(({ name }) => name);
    expect(names([])).toContain('WEB_UI_PORT');
    expect(names([{ configMapRef: { name: 'overrides' } }])).not.toContain('WEB_UI_PORT');
    expect(names([{ prefix: 'A_', configMapRef: { name: 'overrides' } }])).toContain('WEB_UI_PORT');
    expect(names([{ configMapRef: { name: 'absent', optional: true } }])).toContain('WEB_UI_PORT');
  });

  it('show a label or an annotation as it is when the container starts anew, whatever is in it', () => {
    const metadata = { labels: { app: 'x' }, annotations: { price: '$(HOME) 5$$' } };
    const paths = ["metadata.labels['app']", "metadata.annotations['price']", "metadata.labels['none']"];
    const host = hostOf({ containers: [{ name: 'main', env: paths.map(field) }] }, metadata);
    const env = host.spec?.containers[0]?.env?.slice(-3) ?? [];
    const shown = env.map(({ valueFrom }) => annotationBehind(host, valueFrom?.fieldRef?.fieldPath));
    expect(shown).toEqual(['x', '$(HOME) 5$$', '']);
  });
});

describe('files of the downward API', () => {
  it('hold labels by key, in the kubelet’s spelling', () => {
    const items = [{ path: 'labels', fieldRef: { fieldPath: 'metadata.annotations' } }];
    const annotations = { 'a-b': '1', a: 'tab\t\u0001\u00a0é"' };
    const host = hostOf({ volumes: [{ name: 'i', downwardAPI: { items } }] }, { annotations });
    const path = host.spec?.volumes?.[0]?.downwardAPI?.items?.[0]?.fieldRef?.fieldPath;
    expect(annotationBehind(host, path)).toBe('a="tab\\t\\x01\\u00a0é\\""\na-b="1"');
  });

  it('are told apart though their paths read alike', () => {
    const labels = { 'a-b': 'dash', a_b: 'line', 'a.b': 'dot' };
    const items = Object.keys(labels).map((key) => ({
      path: key,
      fieldRef: { fieldPath: `metadata.labels['${key}']` },
    }));
    const sources = [{ downwardAPI: { items } }];
    const host = hostOf({ volumes: [{ name: 'i', projected: { sources } }] }, { labels });
    const shown = host.spec?.volumes?.[0]?.projected?.sources?.[0]?.downwardAPI?.items ?? [];
    expect(shown.map(({ fieldRef }) => annotationBehind(host, fieldRef?.fieldPath))).toEqual(['dash', 'line', 'dot']);
  });
});

describe('placement', () => {
  const anti = (term: object): Partial<Spec> => ({
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', labelSelector: {}, ...term }],
      },
    },
  });
  const termOf = (term: object, metadata = {}) =>
    hostOf(anti(term), metadata).spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0];
  const namespacesOf = (term: object) =>
    termOf(term)?.labelSelector?.matchExpressions?.find(({ key }) => key === 'k3v.io/namespace')?.values;

  it.each([
    ['its own namespace by default', {}, ['shop']],
    ['the namespaces that it lists', { namespaces: ['red', 'blue'] }, ['red', 'blue']],
    ['the namespaces that it selects', { namespaceSelector: { matchLabels: { side: 'left' } } }, ['red']],
    [
      'both together',
      { namespaces: ['shop'], namespaceSelector: { matchExpressions: [{ key: 'side', operator: 'Exists' }] } },
      ['blue', 'red', 'shop'],
    ],
    ['every namespace by an empty selector', { namespaces: ['shop'], namespaceSelector: {} }, undefined],
    ['none if it selects none', { namespaceSelector: { matchLabels: { side: 'no' } } }, ['']],
  ])('looks at pods of %s', (_, term, namespaces) => {
    expect(namespacesOf(term)).toEqual(namespaces);
    expect(termOf(term)).not.toHaveProperty('namespaces');
    expect(termOf(term)).not.toHaveProperty('namespaceSelector');
  });

  it('says once what matchLabelKeys mean, whether or not the API server has said it', () => {
    const merged = { matchExpressions: [{ key: 'hash', operator: 'In', values: ['7'] }] };
    const wanted = [
      { key: 'v.k3v.io/hash', operator: 'In', values: ['7'] },
      { key: 'k3v.io/namespace', operator: 'In', values: ['shop'] },
    ];
    for (const labelSelector of [merged, {}]) {
      const term = { labelSelector, matchLabelKeys: ['hash', 'absent'] };
      const host = termOf(term, { labels: { hash: '7' } });
      expect(host?.labelSelector?.matchExpressions).toEqual(wanted);
      expect(host).not.toHaveProperty('matchLabelKeys');
      const constraint = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...term };
      const spread = hostOf({ topologySpreadConstraints: [constraint] }, { labels: { hash: '7' } });
      expect(spread.spec?.topologySpreadConstraints?.[0]?.labelSelector?.matchExpressions).toEqual(wanted);
      expect(spread.spec?.topologySpreadConstraints?.[0]).not.toHaveProperty('matchLabelKeys');
    }
    expect(
      termOf({ mismatchLabelKeys: ['hash'] }, { labels: { hash: '7' } })?.labelSelector?.matchExpressions?.[0],
    ).toEqual({ key: 'v.k3v.io/hash', operator: 'NotIn', values: ['7'] });
  });
});

describe('a volume of an older kind', () => {
  it('finds its Secret or Endpoints on the host', () => {
    const volumes = [
      { name: 'c', cinder: { volumeID: 'v', secretRef: { name: 's' } } },
      { name: 'g', glusterfs: { endpoints: 'e', path: '/' } },
    ];
    expect(hostOf({ volumes }).spec?.volumes).toEqual([
      { name: 'c', cinder: { volumeID: 'v', secretRef: { name: hostNameInShop('Secret', 's') } } },
      { name: 'g', glusterfs: { endpoints: hostNameInShop('Service', 'e'), path: '/' } },
    ]);
  });
});

describe('a pod that wants what k3v cannot give', () => {
  const projected = (source: object) => ({ volumes: [{ name: 'v', projected: { sources: [source] } }] });
  it.each([
    ['spec.resourceClaims', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }],
    ['podCertificate', projected({ podCertificate: { signerName: 'x/y', keyType: 'ED25519' } })],
  ])('is not made on the host, and says so: %s', (word, spec) => {
    expect(() => requireKnownSources(podWith(spec))).toThrow(word);
  });

  it('is told of a full host name that no kernel takes, as by a kubelet', () => {
    const long = podWith({ setHostnameAsFQDN: true, subdomain: 's'.repeat(40) });
    expect(() => requireShortHostname(long, podContext)).toThrow(
      /^failed to construct FQDN .* \(64 characters is the max, 65 char/,
    );
    expect(toHostPod(long, podContext).spec).not.toHaveProperty('hostnameOverride');
    const short = podWith({ setHostnameAsFQDN: true, subdomain: 's' });
    expect(() => requireShortHostname(short, podContext)).not.toThrow();
    expect(toHostPod(short, podContext).spec?.hostnameOverride).toBe('p.s.shop.svc.cluster.local');
  });

  it('is none of the others', () => expect(() => requireKnownSources(podWith({}))).not.toThrow());
});

describe('a change of tolerations', () => {
  const change = (wanted: Spec['tolerations'] & object, live: Spec['tolerations'] & object) =>
    podPatch(podWith({ tolerations: wanted }), podWith({ tolerations: live }));
  const a1 = { key: 'a', value: '1', effect: 'NoSchedule' };
  const a2 = { ...a1, value: '2' };

  it('adds one that differs by its value alone', () => {
    expect(change([a1, a2], [a1])).toEqual({ spec: { tolerations: [a1, a2] } });
  });

  it('passes on for how long one lasts, and keeps those of the host', () => {
    const lasting = (tolerationSeconds: number) => ({
      key: 'b',
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds,
    });
    expect(change([lasting(9)], [a1, lasting(300)])).toEqual({ spec: { tolerations: [a1, lasting(9)] } });
  });

  it('is none if the pod tolerates the same twice, for different times', () => {
    const twice = [0, 5].map((tolerationSeconds) => ({ ...a1, effect: 'NoExecute', tolerationSeconds }));
    expect(change(twice, twice)).toBeUndefined();
  });

  it('is none for another spelling of the same, or for one that the tenant took away', () => {
    expect(change([{ ...a1, operator: 'Equal' }], [a1, a2])).toBeUndefined();
  });
});

describe('a resize of the pod as a whole', () => {
  it('is passed on', () => {
    const sized = (cpu: string) => podWith({ resources: { requests: { cpu } } }, { generation: 2 });
    expect(resizePatch(sized('2'), sized('1'))).toEqual({ spec: { resources: { requests: { cpu: '2' } } } });
    expect(resizePatch(sized('2'), sized('2'))).toBeUndefined();
  });
});

describe('readiness gates', () => {
  const gates = { readinessGates: [{ conditionType: 'x/gate' }] };
  const at = (second: number, status: string, type = 'x/gate'): Condition => ({
    type,
    status,
    lastTransitionTime: `2026-01-01T00:00:0${second}Z`,
  });
  const withConditions = (...conditions: Condition[]): Pod => ({ ...podWith(gates), status: { conditions } });

  it('stand in the host pod, so that its Services wait for them', () => {
    expect(hostOf(gates).spec?.readinessGates).toEqual(gates.readinessGates);
  });

  it('are left out where k3v may not open them', () => {
    const context = { ...podContext, settings: { ...podContext.settings, writesPodStatus: false } };
    expect(toHostPod(podWith(gates), context).spec).not.toHaveProperty('readinessGates');
  });

  it.each([
    ['the tenant’s, if the host has none', [at(1, 'True')], [], 'True', 'True'],
    ['the host’s, if the tenant has none', [], [at(1, 'True')], 'True', undefined],
    ['the later, here the tenant’s', [at(2, 'False')], [at(1, 'True')], 'False', 'False'],
    ['the later, here the host’s', [at(1, 'False')], [at(2, 'True')], 'True', undefined],
    ['the tenant’s, if nobody says when', [{ type: 'x/gate', status: 'True' }], [at(1, 'False')], 'True', 'True'],
    ['the same on both sides', [at(1, 'True')], [at(2, 'True')], 'True', undefined],
  ])('have one condition on both sides: %s', (_, tenant, host, shown, sent) => {
    const change = toVirtualPod(withConditions(...host), withConditions(...tenant), podContext);
    const patch = gatesPatch(withConditions(...tenant), withConditions(...host)) as Pick<Pod, 'status'> | undefined;
    expect(change.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([`x/gate=${shown}`]);
    expect(patch?.status?.conditions?.[0]?.status).toBe(sent);
  });

  it('of the host’s own stay the host’s affair', () => {
    expect(gatesPatch(withConditions(at(1, 'True')), podWith({}))).toBeUndefined();
  });
});

describe('the status of the virtual pod', () => {
  const report = (host: Status, virtual: Pod = podWith({})) =>
    toVirtualPod({ ...podWith({}), metadata: { name: 'p-on-host', uid: 'h1' }, status: host }, virtual, podContext)
      .status;
  const container = (state: object) => ({
    name: 'main',
    image: 'i',
    imageID: '',
    ready: false,
    restartCount: 0,
    state,
  });

  it('keeps conditions that were set in the virtual cluster, as an eviction does, and drops what the host takes back', () => {
    const conditions = ['DisruptionTarget', 'x/own', 'PodResizePending'].map((type) => ({ type, status: 'True' }));
    const status = report(
      { conditions: [{ type: 'Ready', status: 'False' }] },
      { ...podWith({}), status: { conditions } },
    );
    expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'DisruptionTarget', 'x/own']);
  });

  it('names what is missing as the tenant calls it', () => {
    const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }];
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }];
    const virtual = podWith({ volumes, containers: [{ name: 'main', env }] });
    const claim = hostNameInShop('PersistentVolumeClaim', 'data');
    const secret = hostNameInShop('Secret', 's');
    const status = report(
      {
        conditions: [{ type: 'PodScheduled', status: 'False', message: `persistentvolumeclaim "${claim}" not found` }],
        containerStatuses: [container({ waiting: { message: `couldn't find key k in Secret team/${secret}` } })],
      },
      virtual,
    );
    expect(status?.conditions?.[0]?.message).toBe('persistentvolumeclaim "data" not found');
    expect(status?.containerStatuses?.[0]?.state?.waiting?.message).toBe("couldn't find key k in Secret shop/s");
  });

  it('leaves the last words of a container as they are', () => {
    const message = `I saw ${hostNameInShop('Secret', 's')}`;
    const status = report({ containerStatuses: [container({ terminated: { exitCode: 1, message } })] });
    expect(status?.containerStatuses?.[0]?.state?.terminated?.message).toBe(message);
  });

  it('says of resource claims what the virtual cluster’s controllers say', () => {
    const claims = (resourceClaimName: string) => [{ name: 'gpu', resourceClaimName }];
    const virtual = { ...podWith({}), status: { resourceClaimStatuses: claims('own') } };
    const status = report({ resourceClaimStatuses: claims('host'), nominatedNodeName: 'n1' }, virtual);
    expect(status).toMatchObject({ resourceClaimStatuses: claims('own'), nominatedNodeName: 'n1' });
    expect(report({ resourceClaimStatuses: claims('host') })).not.toHaveProperty('resourceClaimStatuses');
  });

  it('is not that of a pod on another node than the tenant’s', () => {
    const report = () => toVirtualPod(podWith({ nodeName: 'a' }), podWith({ nodeName: 'b' }), podContext);
    expect(report).toThrow('the pod is bound to node b, but the host runs it on a');
  });
});
