import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ObjectRef } from '../../src/kube/client.ts';
import { ifFound } from '../../src/kube/errors.ts';
import { type KubeObject, type Resource, apiVersionOf, resources } from '../../src/kube/types.ts';
import { marks } from '../../src/translate/translator.ts';
import { withControlPlaneAlone } from '../support/alone-control-plane.ts';
import { audit, expectCleanAudit } from '../support/audit.ts';
import { describeAudit } from '../support/audit-result.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { type ProxiedCluster, startProxiedCluster } from '../support/proxied-cluster.ts';
import { patience } from '../support/tenant-at-work.ts';

const port = 27_744;
const { pods, services, endpoints, configMaps, secrets, persistentVolumeClaims } = resources;

let cluster: ProxiedCluster;

beforeAll(async () => {
  cluster = await startProxiedCluster({ port, proxyPort: 27_745 });
});

afterAll(async () => await cluster?.stop());

type Content = { [field: string]: unknown };

async function make(resource: Resource, namespace: string, name: string, content: Content, metadata: Content = {}) {
  const object = {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: { ...metadata, namespace, name },
  };
  return await cluster.virtual.create<KubeObject>(resource, { ...object, ...content });
}
const makeNamespace = async (name: string) =>
  await cluster.virtual.create<KubeObject>(resources.namespaces, { metadata: { name } });
const onHost = (resource: Resource, namespace: string, name: string): ObjectRef => ({
  resource,
  namespace: cluster.translator.hostNamespace,
  name: cluster.translator.hostName(resource.kind, namespace, name),
});
const managed = async (resource: Resource) =>
  (
    await cluster.host.list<KubeObject>(resource, {
      namespace: cluster.translator.hostNamespace,
      labelSelector: cluster.translator.managedSelector,
    })
  ).items;
/** Those on the host of objects in the virtual `namespace`. */
const managedOf = async (resource: Resource, namespace: string) =>
  (await managed(resource)).filter(({ metadata }) => metadata.annotations?.[marks.ownerNamespace] === namespace);

const podSpec = (more: Content = {}): Content => ({
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'nginx' }], ...more },
});
const using = (name: string) =>
  podSpec({
    volumes: [
      { name: 'c', configMap: { name } },
      { name: 's', secret: { secretName: name } },
    ],
  });
const serviceSpec: Content = { spec: { ports: [{ port: 80, protocol: 'TCP' }] } };
const claimSpec: Content = {
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const text = (value: string): Content => ({ data: { is: value } });
const bytes = (value: string): Content => ({ data: { is: Buffer.from(value).toString('base64') } });

describe('a namespace with 500 objects, deleted while k3v is down', () => {
  it('leaves nothing on the host, at the cost of one deletion for each object there', async () => {
    const namespace = 'crowded';
    await makeNamespace(namespace);
    const all = async (count: number, each: (index: number) => Promise<unknown>) =>
      await Promise.all(Array.from({ length: count }, (_, index) => each(index)));
    await all(180, async (index) => await make(configMaps, namespace, `c-${index}`, text(String(index))));
    await all(180, async (index) => await make(secrets, namespace, `s-${index}`, bytes(String(index))));
    await all(60, async (index) => await make(services, namespace, `s-${index}`, serviceSpec));
    await all(60, async (index) => await make(persistentVolumeClaims, namespace, `p-${index}`, claimSpec));
    await all(20, async (index) => {
      const sources = Array.from({ length: 9 }, (_, at) => [
        { configMap: { name: `c-${index * 9 + at}` } },
        { secret: { name: `s-${index * 9 + at}` } },
      ]).flat();
      await make(pods, namespace, `p-${index}`, podSpec({ volumes: [{ name: 'all', projected: { sources } }] }));
    });
    const kinds = [pods, configMaps, secrets, services, endpoints, persistentVolumeClaims];
    const count = async () => (await Promise.all(kinds.map(async (kind) => await managedOf(kind, namespace)))).flat();
    await eventually(async () => expect((await count()).length).toBeGreaterThanOrEqual(500), patience);
    await expectCleanAudit(cluster);
    const there = (await count()).length;

    let from = 0;
    await cluster.restart(async () => {
      await withControlPlaneAlone({ dataDir: join(cluster.folder, 'k3v-data'), port }, async () => {
        await cluster.virtual.delete({ resource: resources.namespaces, name: namespace });
        await eventually(async () => {
          for (const kind of kinds) {
            expect((await cluster.virtual.list(kind, { namespace })).items).toEqual([]);
          }
        }, patience);
      });
      expect((await count()).length).toBe(there);
      from = cluster.proxy.calls.length;
    });
    await eventually(async () => expect(await count()).toEqual([]), patience);
    await expectCleanAudit(cluster);
    const deletions = cluster.proxy.calls.slice(from).filter(({ verb }) => verb === 'delete');
    expect(deletions.length).toBeLessThanOrEqual(there);
    expect(new Set(deletions.map(({ path }) => path)).size).toBe(deletions.length);
  });
});

describe('objects that are deleted and made again under the same name in one instant', () => {
  it.each([100])('%i times in a row end as the last of them, with its UID, on both sides', async (longest) => {
    const namespace = 'again';
    const turns = isFullExtent ? longest : 25;
    await makeNamespace(namespace);
    await make(secrets, namespace, 'it', bytes('0'));
    await make(configMaps, namespace, 'it', text('0'));
    await make(pods, namespace, 'user', using('it'));
    const makeAgain = async (resource: Resource, content: Content) => {
      await ifFound(cluster.virtual.delete({ resource, namespace, name: 'it' }, { gracePeriodSeconds: 0 }));
      // A claim has to wait for its finalizer.
      await eventually(async () => await make(resource, namespace, 'it', content), { ...patience, everyMs: 1 });
    };
    const kinds: [Resource, (turn: string) => Content][] = [
      [configMaps, text],
      [secrets, bytes],
      [pods, () => using('it')],
      [services, () => serviceSpec],
      [persistentVolumeClaims, () => claimSpec],
    ];
    await Promise.all(
      kinds.map(async ([resource, content]) => {
        for (let turn = 1; turn <= turns; turn += 1) await makeAgain(resource, content(String(turn)));
      }),
    );
    for (const [resource, content] of kinds) {
      const { metadata } = await cluster.virtual.get<KubeObject>({ resource, namespace, name: 'it' });
      await eventually(async () => {
        const found = await cluster.host.get<KubeObject>(onHost(resource, namespace, 'it'));
        expect(found.metadata.annotations?.[marks.ownerUid]).toBe(metadata.uid);
        expect(found.metadata.deletionTimestamp).toBeUndefined();
        const ofContent = 'data' in content('') ? content(String(turns)) : {};
        expect(found).toMatchObject(ofContent);
      }, patience);
    }
    await expectCleanAudit(cluster);
    await cluster.virtual.delete({ resource: resources.namespaces, name: namespace });
  });
});

describe('a Service that is made while one of its name is there', () => {
  it('is refused as in any cluster, and the one that is there keeps its address on both sides', async () => {
    const before = await make(services, 'default', 'twice', serviceSpec);
    const ref = onHost(services, 'default', 'twice');
    const { metadata } = await eventually(async () => await cluster.host.get<KubeObject>(ref), patience);
    await expect(make(services, 'default', 'twice', serviceSpec)).rejects.toMatchObject({ reason: 'AlreadyExists' });
    expect((await cluster.host.get<KubeObject>(ref)).metadata.uid).toBe(metadata.uid);
    await expectCleanAudit(cluster);
    const after = await cluster.virtual.get<KubeObject>({ resource: services, namespace: 'default', name: 'twice' });
    expect(after.metadata.uid).toBe(before.metadata.uid);
  });
});

describe('finalizers that never clear', () => {
  const namespace = 'held';
  const hold = { finalizers: ['test.example/hold'] };
  const refTo = (resource: Resource) => ({ resource, namespace, name: 'it' });
  const held = [pods, services, persistentVolumeClaims];

  it('keep an object Terminating, end its pod on the host, and hold up nothing else', async () => {
    await makeNamespace(namespace);
    await make(pods, namespace, 'it', podSpec(), hold);
    await make(services, namespace, 'it', serviceSpec, hold);
    await make(persistentVolumeClaims, namespace, 'it', claimSpec, hold);
    for (const resource of held) {
      await eventually(async () => await cluster.host.get(onHost(resource, namespace, 'it')), patience);
    }
    await expectCleanAudit(cluster);
    for (const resource of held) await cluster.virtual.delete(refTo(resource));
    await make(pods, namespace, 'other', podSpec());
    await make(services, namespace, 'other', serviceSpec);
    await make(persistentVolumeClaims, namespace, 'other', claimSpec);
    await eventually(async () => {
      expect(await ifFound(cluster.host.get(onHost(pods, namespace, 'it')))).toBeUndefined();
      for (const resource of held) await cluster.host.get(onHost(resource, namespace, 'other'));
      for (const [resource, phase] of [
        [pods, 'Running'],
        [persistentVolumeClaims, 'Bound'],
      ] as const) {
        expect(await cluster.virtual.get({ resource, namespace, name: 'other' })).toMatchObject({ status: { phase } });
      }
    }, patience);
    for (const resource of held) {
      const { metadata } = await cluster.virtual.get<KubeObject>(refTo(resource));
      expect(metadata).toMatchObject({ ...hold, deletionTimestamp: expect.any(String) });
    }
  });

  it('stay so over a restart, and once they are cleared the objects are gone on both sides', async () => {
    await cluster.restart();
    for (const resource of held)
      await cluster.virtual.patch(refTo(resource), 'merge', { metadata: { finalizers: null } });
    await eventually(async () => {
      for (const resource of held) {
        expect(await ifFound(cluster.virtual.get(refTo(resource)))).toBeUndefined();
        expect(await ifFound(cluster.host.get(onHost(resource, namespace, 'it')))).toBeUndefined();
      }
    }, patience);
    await expectCleanAudit(cluster);
  });
});

describe('names', () => {
  const contentOf: [Resource, (is: string, name: string) => Content][] = [
    [configMaps, text],
    [secrets, bytes],
    [services, (is) => ({ spec: { ports: [{ port: 80, protocol: 'TCP', name: is }] } })],
    [pods, (_, name) => using(name)],
  ];

  /** Resolves when each host object is that of the one virtual object that it should be of, with its content. */
  async function untilThere(places: { namespace: string; name: string; is: string }[], kinds: typeof contentOf) {
    await eventually(async () => {
      for (const { namespace, name, is } of places) {
        for (const [resource, content] of kinds) {
          const { metadata } = await cluster.virtual.get<KubeObject>({ resource, namespace, name });
          const found = await cluster.host.get<KubeObject>(onHost(resource, namespace, name));
          expect(found.metadata.annotations?.[marks.ownerUid]).toBe(metadata.uid);
          const wanted = resource === pods ? { status: { phase: 'Running' } } : content(is, name);
          expect(found).toMatchObject(wanted);
        }
      }
    }, patience);
  }

  it('that differ only in where a dash stands are not mixed up', async () => {
    const parts = ['a', 'b', 'c', 'd'];
    const places = [1, 2, 3].flatMap((at) => {
      const [name, namespace] = [parts.slice(0, at).join('-'), parts.slice(at).join('-')];
      return [
        { name, namespace, is: `name-${at}` },
        { name: namespace, namespace: name, is: `turned-${at}` },
      ];
    });
    for (const name of new Set(places.map(({ namespace }) => namespace))) await makeNamespace(name);
    for (const { namespace, name, is } of places) {
      for (const [resource, content] of contentOf) await make(resource, namespace, name, content(is, name));
    }
    await untilThere(places, contentOf);
    expect(describeAudit(await audit(cluster))).toBe('');
  });

  it('as long as they may be, alike but for their end, are all there', async () => {
    const namespace = 'n'.repeat(63);
    await makeNamespace(namespace);
    const ends = ['x', 'y'];
    const long = (length: number, end: string) => `${'l'.repeat(length - 1)}${end}`;
    const [ofServices, others] = [[services], [configMaps, secrets, pods]].map((wanted) =>
      contentOf.filter(([resource]) => wanted.includes(resource)),
    );
    for (const [length, kinds] of [
      [63, ofServices ?? []],
      [253, others ?? []],
    ] as const) {
      const places = ends.map((is) => ({ namespace, name: long(length, is), is }));
      for (const { name, is } of places) {
        for (const [resource, content] of kinds) await make(resource, namespace, name, content(is, name));
      }
      await untilThere(places, kinds);
    }
    expect(describeAudit(await audit(cluster))).toBe('');
  });
});
