import { describe, expect, it } from 'vitest';
import type { KubeObject, ObjectMeta, Pod } from '../../../src/kube/types.ts';
import { resources } from '../../../src/kube/types.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { type AuditResult, createAuditResult } from '../../support/audit-result.ts';
import type { BothWorlds } from '../../support/both-worlds.ts';
import { createChurnLedger } from '../../support/churn-ledger.ts';
import { compareWorlds } from '../../support/compare-worlds.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  namespace: 'shop',
  uid: `uid-${name}`,
  ...more,
});
const onHost = <T extends KubeObject>(resource: (typeof resources)[keyof typeof resources], virtual: T): T => ({
  ...structuredClone(virtual),
  ...translator.hostObject(resource, virtual),
});

/** A world of one object of each kind that is alike on both sides. */
function alike(): BothWorlds {
  const pod: Pod = {
    metadata: meta('web-1', {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-rs' }],
    }),
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'main', image: 'nginx' }],
      volumes: [
        { name: 'settings', configMap: { name: 'settings' } },
        { name: 'keys', secret: { secretName: 'keys' } },
      ],
    },
    status: { phase: 'Running', podIP: '10.1.0.1' },
  };
  const services = [
    { metadata: meta('web'), spec: { clusterIPs: ['10.0.0.2'], ports: [{ port: 80 }], selector: { app: 'web' } } },
    { metadata: meta('outside'), spec: { clusterIPs: ['10.0.0.3'], ports: [{ port: 80 }] } },
  ];
  const endpoints = [
    { metadata: meta('outside'), subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ port: 80 }] }] },
  ];
  const configMaps = [{ metadata: meta('settings'), data: { colour: 'blue' } }];
  const secrets = [{ metadata: meta('keys'), data: { key: 'c2VjcmV0' } }];
  const claims = [{ metadata: meta('claim'), spec: { volumeName: 'pv-1' }, status: { phase: 'Bound' } }];
  return {
    virtual: {
      pods: [pod],
      services,
      endpoints,
      configMaps: [...configMaps, { metadata: meta('unused') }],
      secrets,
      claims,
      namespaces: [{ metadata: { name: 'shop' } }],
      volumes: [{ metadata: { name: 'pv-1' }, spec: { claimRef: { uid: 'uid-claim' } } }],
      deployments: [
        {
          metadata: meta('web', { generation: 1 }),
          spec: { replicas: 1, selector: {}, template: {} },
          status: { replicas: 1, readyReplicas: 1, updatedReplicas: 1, observedGeneration: 1 },
        },
      ],
      replicaSets: [{ metadata: meta('web', { uid: 'uid-rs' }), spec: { replicas: 1 }, status: { readyReplicas: 1 } }],
      statefulSets: [],
      jobs: [{ metadata: meta('job'), status: { succeeded: 1 } }],
    },
    host: {
      pods: [onHost(resources.pods, pod)],
      services: services.map((service) => {
        const { spec, ...rest } = onHost(resources.services, service);
        return {
          ...rest,
          spec: {
            ...spec,
            ...('selector' in spec ? { selector: translator.hostSelector('shop', spec.selector) } : {}),
          },
        };
      }),
      endpoints: endpoints.map((each) => ({
        ...each,
        ...translator.hostObject(resources.endpoints, each, 'Service'),
      })),
      configMaps: configMaps.map((each) => onHost(resources.configMaps, each)),
      secrets: secrets.map((each) => onHost(resources.secrets, each)),
      claims: claims.map((each) => onHost(resources.persistentVolumeClaims, each)),
    },
  };
}

const first = <T>([item]: T[]): T => item ?? expect.fail('nothing there');
const empty = createAuditResult();

interface Planted {
  title: string;
  plant: (worlds: BothWorlds) => void;
  found: { [finding in keyof AuditResult]?: RegExp[] };
}

const planted: Planted[] = [
  {
    title: 'a host pod that is missing',
    plant: ({ host }) => host.pods.pop(),
    found: { lost: [/^Pod shop\/web-1: the host has none/] },
  },
  {
    title: 'a used ConfigMap that the host lacks',
    plant: ({ host }) => host.configMaps.pop(),
    found: { lost: [/ConfigMap shop\/settings/] },
  },
  {
    title: 'a Service that the host lacks',
    plant: ({ host }) => host.services.shift(),
    found: { lost: [/^Service shop\/web/] },
  },
  {
    title: 'a volume that no longer stands in',
    plant: ({ virtual }) => virtual.volumes.pop(),
    found: { lost: [/PersistentVolume pv-1/] },
  },
  {
    title: 'a pod that its ReplicaSet does not have',
    plant: ({ virtual, host }) => [virtual.pods.pop(), host.pods.pop(), host.configMaps.pop(), host.secrets.pop()],
    found: { lost: [/ReplicaSet shop\/web: wants 1 pods, has 0/] },
  },
  {
    title: 'a second host pod of one virtual pod',
    plant: ({ host }) => {
      const pod = first(host.pods);
      host.pods.push({ ...pod, metadata: { ...pod.metadata, name: 'copy' } });
    },
    found: { doubled: [/Pod shop\/web-1: on the host as web-1-shop-\w+, copy/] },
  },
  {
    title: 'a pod too many',
    plant: ({ virtual, host }) => {
      const pod = {
        ...first(virtual.pods),
        metadata: { ...first(virtual.pods).metadata, name: 'web-2', uid: 'uid-2' },
      };
      virtual.pods.push(pod);
      host.pods.push(onHost(resources.pods, pod));
    },
    found: { doubled: [/ReplicaSet shop\/web: wants 1 pods, has 2/] },
  },
  {
    title: 'a host object whose owner is gone',
    plant: ({ virtual }) => virtual.services.shift(),
    found: { orphaned: [/host Service web-shop-\w+: its owner shop\/web \(uid-web\) does not exist/] },
  },
  {
    title: 'a host object of an owner of the same name that was made again',
    plant: ({ virtual }) => Object.assign(first(virtual.claims).metadata, { uid: 'another' }),
    found: {
      orphaned: [/host PersistentVolumeClaim/, /PersistentVolume pv-1: its claim is gone/],
      lost: [/PersistentVolumeClaim shop\/claim/],
      different: [/pv-1/],
    },
  },
  {
    title: 'a ConfigMap on the host that no pod uses any more',
    plant: ({ virtual }) => first(virtual.pods).spec?.volumes?.shift(),
    found: { orphaned: [/host ConfigMap settings-shop-\w+: its owner shop\/settings does not cross/] },
  },
  {
    title: 'a host object with our labels and no owner',
    plant: ({ host }) => host.secrets.push({ metadata: { name: 'stray' } }),
    found: { orphaned: [/host secrets stray/] },
  },
  {
    title: 'an object that is being deleted, on either side',
    plant: ({ virtual, host }) => {
      first(virtual.namespaces).metadata.deletionTimestamp = 'now';
      Object.assign(first(host.services).metadata, { deletionTimestamp: 'now', finalizers: ['a/b'] });
    },
    found: {
      finalizing: [
        /virtual namespaces shop: since now, no finalizers/,
        /host services team\/web-shop-\w+: since now, a\/b/,
      ],
    },
  },
  {
    title: 'data that differ',
    plant: ({ host }) => (first(host.configMaps).data = { colour: 'red' }),
    found: { different: [/ConfigMap shop\/settings: data is {"colour":"blue"}, on the host {"colour":"red"}/] },
  },
  {
    title: 'a Service whose ports differ',
    plant: ({ host }) => Object.assign(first(host.services).spec ?? {}, { ports: [] }),
    found: { different: [/Service shop\/web: ports/] },
  },
  {
    title: 'addresses that differ',
    plant: ({ host }) => (first(host.endpoints).subsets = []),
    found: { different: [/addresses is \["192.0.2.1:80\/TCP"\], on the host \[\]/] },
  },
  {
    title: 'a pod that does not run',
    plant: ({ virtual }) => Object.assign(first(virtual.pods).status ?? {}, { phase: 'Pending' }),
    found: { different: [/is Pending; phase is "Pending", on the host "Running"/] },
  },
  {
    title: 'a claim that is not bound',
    plant: ({ virtual }) => (first(virtual.claims).status = { phase: 'Pending' }),
    found: { different: [/PersistentVolumeClaim shop\/claim: phase/] },
  },
  {
    title: 'a Deployment that is not ready',
    plant: ({ virtual }) => Object.assign(first(virtual.deployments).status ?? {}, { readyReplicas: 0 }),
    found: { different: [/wants 1, has 1, 1 up to date, 0 ready/] },
  },
  {
    title: 'a Job that does not complete',
    plant: ({ virtual }) => (first(virtual.jobs).status = {}),
    found: { different: [/Job shop\/job: 0 of 1/] },
  },
];

describe('the comparison of both worlds', () => {
  it('finds nothing where all is alike', () => {
    expect(compareWorlds(alike(), { translator })).toEqual(empty);
  });

  it.each(planted)('reports $title', ({ plant, found }) => {
    const worlds = alike();
    plant(worlds);
    const result = compareWorlds(worlds, { translator });
    const expected = Object.entries({ ...empty, ...found }).map(([finding, lines]) => [
      finding,
      lines.map((line) => expect.stringMatching(line)),
    ]);
    expect(result).toEqual(Object.fromEntries(expected));
  });

  it('reports what the virtual cluster has otherwise than its API server confirmed', () => {
    const ledger = createChurnLedger();
    const { configMaps, secrets, services } = resources;
    ledger.note(configMaps, 'shop', 'settings', { is: 'there', content: { data: { colour: 'blue' } } });
    ledger.note(secrets, 'shop', 'keys', { is: 'unknown' });
    expect(compareWorlds(alike(), { translator, ledger })).toEqual(empty);
    ledger.note(configMaps, 'shop', 'settings', { is: 'there', content: { data: { colour: 'green' } } });
    ledger.note(secrets, 'shop', 'more-keys', { is: 'there', content: {} });
    ledger.note(services, 'shop', 'web', { is: 'gone' });
    const findings = {
      ...empty,
      different: ['configmaps shop/settings: data.colour was confirmed as "green", is "blue"'],
      lost: ['secrets shop/more-keys: was made, and the virtual cluster has none'],
      orphaned: ['services shop/web: was deleted, and the virtual cluster has it'],
    };
    expect(compareWorlds(alike(), { translator, ledger })).toEqual(findings);
    const except = ['configmaps', 'secrets', 'services'];
    expect(compareWorlds(alike(), { translator, ledger, except })).toEqual(empty);
  });
});
