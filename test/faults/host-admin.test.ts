import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readStatus } from '../../src/cli/status.ts';
import type { ObjectRef } from '../../src/kube/client.ts';
import { ifFound } from '../../src/kube/errors.ts';
import {
  type ConfigMap,
  type KubeEvent,
  type KubeObject,
  type PersistentVolumeClaim,
  type Pod,
  type Resource,
  type Deployment,
  type Secret,
  type Service,
  resources,
} from '../../src/kube/types.ts';
import { marks } from '../../src/translate/translator.ts';
import { expectCleanAudit } from '../support/audit.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { isFullExtent } from '../support/fault-extent.ts';
import { runK3v } from '../support/k3v-process.ts';
import { type TenantAtWork, moved, passed, patience, tenantOf } from '../support/tenant-at-work.ts';

const team = 'team';
const { pods, services, configMaps, secrets, endpoints, persistentVolumeClaims } = resources;
/** Bound claims that are deleted on the host are lost by design: what was in them is gone. */
const restored = [services, configMaps, secrets, endpoints];

let cluster: EmbeddedCluster;
let tenant: TenantAtWork;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27_742);
  // What the host ends, such as a pod without a controller, is gone for the tenant, too.
  tenant = tenantOf(cluster, { except: ['pods'] });
});

afterAll(async () => await cluster?.stop());

const ours = async (resource: Resource) =>
  (
    await cluster.host.list<KubeObject>(resource, {
      namespace: team,
      labelSelector: cluster.translator.managedSelector,
    })
  ).items;
const refTo = (resource: Resource, { metadata: { name } }: KubeObject): ObjectRef => ({
  resource,
  namespace: team,
  name,
});
const onHost = (resource: Resource, name: string, kind = resource.kind): ObjectRef => ({
  resource,
  namespace: team,
  name: cluster.translator.hostName(kind, 'shop', name),
});
const inShop = (name: string) => ({ name, namespace: 'shop' });
const deleteAll = async (resource: Resource) => {
  for (const object of await ours(resource)) await ifFound(cluster.host.delete(refTo(resource, object)));
};
const times = isFullExtent ? 5 : 1;

/** Edits all of ours on the host; what has gone meanwhile is left alone. */
async function editAll(resource: Resource, patch: object): Promise<void> {
  for (const object of await ours(resource)) await ifFound(cluster.host.patch(refTo(resource, object), 'merge', patch));
}

const ownerMarks = [marks.ownerKind, marks.ownerName, marks.ownerNamespace, marks.ownerUid];

/** Takes the annotations off that say whose each object is, and waits for them: what loses its labels as well is no longer ours. */
async function takeOwners(resource: Resource): Promise<void> {
  const isOwned = ({ metadata }: KubeObject) => metadata.annotations?.[marks.ownerUid] !== undefined;
  const owned = (await ours(resource)).filter(isOwned).map((object) => refTo(resource, object));
  const annotations = Object.fromEntries(ownerMarks.map((key) => [key, null]));
  for (const ref of owned) await ifFound(cluster.host.patch(ref, 'merge', { metadata: { annotations } }));
  await eventually(async () => {
    const found = await Promise.all(owned.map(async (ref) => await ifFound(cluster.host.get<KubeObject>(ref))));
    expect(found.filter((object) => object && !isOwned(object))).toEqual([]);
  }, patience);
}

/** A deployment whose pods use a ConfigMap and a Secret, with a Service. */
async function openShop(name: string, replicas: number): Promise<void> {
  const { virtual } = cluster;
  await virtual.create<ConfigMap>(configMaps, { metadata: inShop(name), data: { colour: 'grey' } });
  await virtual.create<Secret>(secrets, { metadata: inShop(name), data: { colour: 'Z3JleQ==' } });
  const labels = { app: name };
  const envFrom = [{ configMapRef: { name } }, { secretRef: { name } }];
  await virtual.create<Deployment>(resources.deployments, {
    metadata: inShop(name),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'nginx', envFrom }] },
      },
    },
  });
  await virtual.create<Service>(services, {
    metadata: inShop(name),
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
}

async function podsOf(app: string): Promise<Pod[]> {
  return (await cluster.virtual.list<Pod>(pods, { namespace: 'shop', labelSelector: `app=${app}` })).items;
}
const running = async (app: string, replicas: number) =>
  await eventually(async () => {
    const living = (await podsOf(app)).filter(({ status }) => status?.phase === 'Running');
    expect(living).toHaveLength(replicas);
  }, patience);

describe('a tenant at work, while an admin of the host', () => {
  it('deletes all that k3v has made, has it all again, and new pods for old', async () => {
    const wrong = await tenant.meanwhile(async (churn) => {
      for (let round = 0; round < times; round += 1) {
        for (const resource of [...restored, pods]) await deleteAll(resource);
        await moved(churn, 10);
      }
    });
    expect(wrong).toBe('');
  });

  it('edits all that k3v has made, takes its labels or its annotations off, finds it put back', async () => {
    const unmarked = { [marks.clusterLabel]: null, [marks.managedLabel]: null };
    const wrong = await tenant.meanwhile(async (churn) => {
      for (let round = 0; round < times; round += 1) {
        for (const resource of [...restored, pods, persistentVolumeClaims]) {
          await editAll(resource, { metadata: { labels: { [marks.namespaceLabel]: 'none' } } });
          await takeOwners(resource);
          await editAll(resource, { metadata: { labels: unmarked } });
        }
        await editAll(configMaps, { data: { step: 'edited' } });
        await editAll(secrets, { data: { step: 'ZWRpdGVk' } });
        await editAll(services, { spec: { sessionAffinity: 'ClientIP' } });
        await editAll(endpoints, { subsets: [] });
        await moved(churn, 10);
      }
    });
    expect(wrong).toBe('');
  });
});

describe('an object of the host', () => {
  const alike = (resource: Resource, name: string, like: KubeObject, annotations: Record<string, string>) => {
    const { metadata: _, ...content } = like;
    const { labels } = like.metadata;
    const status = { status: undefined };
    return { ...content, ...status, metadata: { name, namespace: team, labels, annotations }, kind: resource.kind };
  };

  it('that looks like one of ours is never touched, whatever its labels and annotations say', async () => {
    await cluster.virtual.create<KubeObject>(resources.namespaces, { metadata: { name: 'shop' } });
    await openShop('alike', 1);
    await running('alike', 1);
    const made: { ref: ObjectRef; uid: string | undefined; version: string | undefined }[] = [];
    for (const resource of [configMaps, secrets]) {
      const model = await cluster.host.get<KubeObject>(onHost(resource, 'alike'));
      const { annotations = {} } = model.metadata;
      const forged = { ...annotations, [marks.ownerName]: 'nobody', [marks.ownerUid]: 'nobody' };
      const other = { ...annotations, [marks.ownerName]: 'kube-root-ca.crt' };
      for (const [index, marksOfIt] of [{}, forged, other, annotations].entries()) {
        const object = alike(resource, `alike-${index}`, model, marksOfIt);
        const { metadata } = await cluster.host.create<KubeObject>(resource, object);
        made.push({ ref: refTo(resource, object), uid: metadata.uid, version: metadata.resourceVersion });
      }
    }
    await cluster.restart(async () => undefined);
    await cluster.virtual.patch({ resource: configMaps, ...inShop('alike') }, 'merge', { data: { colour: 'blue' } });
    await cluster.virtual.patch({ resource: secrets, ...inShop('alike') }, 'merge', { data: { colour: 'Ymx1ZQ==' } });
    for (const [resource, colour] of [
      [configMaps, 'blue'],
      [secrets, 'Ymx1ZQ=='],
    ] as const) {
      await eventually(
        async () => expect(await cluster.host.get(onHost(resource, 'alike'))).toMatchObject({ data: { colour } }),
        patience,
      );
    }
    for (const { ref, uid, version } of made) {
      const { metadata } = await cluster.host.get<KubeObject>(ref);
      expect({ uid: metadata.uid, version: metadata.resourceVersion }).toEqual({ uid, version });
      await cluster.host.delete(ref);
    }
    await expectCleanAudit(cluster);
  });

  it('of which an admin took all our marks is left to them; once they delete it, the tenant has it again', async () => {
    const ref = onHost(services, 'alike');
    const before = await cluster.host.get<KubeObject>(ref);
    const nothing = (entries: Record<string, string> = {}) =>
      Object.fromEntries(Object.keys(entries).map((key) => [key, null]));
    const taken = await cluster.host.patch<KubeObject>(ref, 'merge', {
      metadata: { labels: nothing(before.metadata.labels), annotations: nothing(before.metadata.annotations) },
    });
    await eventually(async () => {
      const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: 'shop' });
      expect(items.map(({ reason }) => reason)).toContain('HostNameTaken');
    }, patience);
    expect((await cluster.host.get<KubeObject>(ref)).metadata.resourceVersion).toBe(taken.metadata.resourceVersion);
    await cluster.host.delete(ref);
    // By itself within a minute; at once when the tenant changes something.
    const touched = { metadata: { labels: { touched: 'yes' } } };
    if (!isFullExtent) await cluster.virtual.patch({ resource: services, ...inShop('alike') }, 'merge', touched);
    await expectCleanAudit(cluster);
  });

  it('that claims the id is made again when it is deleted', async () => {
    const ref = { resource: configMaps, namespace: team, name: 'k3v-default' };
    const { data } = await cluster.host.get<ConfigMap>(ref);
    await cluster.host.delete(ref);
    await eventually(async () => expect((await cluster.host.get<ConfigMap>(ref)).data).toEqual(data), patience);
  });

  it('that is a claim is made again while it is not bound, and lost to the tenant, who is told, once it was', async () => {
    const claim = async (name: string, storageClassName: string) =>
      await cluster.virtual.create<PersistentVolumeClaim>(persistentVolumeClaims, {
        metadata: inShop(name),
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName },
      });
    const phaseOf = async (name: string) =>
      (await cluster.virtual.get<PersistentVolumeClaim>({ resource: persistentVolumeClaims, ...inShop(name) })).status
        ?.phase;
    await claim('open', 'none');
    await claim('bound', 'kwok-volume');
    await eventually(async () => expect(await phaseOf('bound')).toBe('Bound'), patience);
    const open = onHost(persistentVolumeClaims, 'open');
    const { metadata } = await eventually(async () => await cluster.host.get<KubeObject>(open), patience);
    await cluster.host.delete(open);
    await cluster.host.delete(onHost(persistentVolumeClaims, 'bound'));
    await eventually(async () => {
      expect((await cluster.host.get<KubeObject>(open)).metadata.uid).not.toBe(metadata.uid);
      expect(await phaseOf('bound')).toBe('Lost');
      const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: 'shop' });
      const told = items.filter(({ involvedObject, type }) => involvedObject.name === 'bound' && type === 'Warning');
      expect(told).not.toEqual([]);
    }, patience);
    for (const name of ['open', 'bound']) {
      await cluster.virtual.delete({ resource: persistentVolumeClaims, ...inShop(name) });
    }
    await expectCleanAudit(cluster);
  });
});

describe('a quota of the host', () => {
  it('is told to the tenant in its words, is not hammered at, and freed lets the pods come by themselves', async () => {
    const quota = { apiVersion: 'v1', group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota' };
    const resource: Resource = { ...quota, namespaced: true };
    const hard = { pods: '0' };
    const ref = { resource, namespace: team, name: 'full' };
    await cluster.host.create<KubeObject & { spec: object }>(resource, {
      metadata: { name: 'full', namespace: team },
      spec: { hard },
    });
    await eventually(
      async () => expect(await cluster.host.get<KubeObject>(ref)).toMatchObject({ status: { hard } }),
      patience,
    );
    const from = cluster.k3v().lines().length;
    await openShop('full', 3);
    const refusal = /exceeded quota: full, requested: pods=1, used: pods=\d+, limited: pods=\d+/;
    await eventually(async () => {
      const waiting = await podsOf('full');
      expect(waiting).toHaveLength(3);
      const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: 'shop' });
      for (const { metadata } of waiting) {
        const told = items.filter(({ involvedObject }) => involvedObject.name === metadata.name);
        expect(told.map(({ message }) => message)).toContainEqual(expect.stringMatching(refusal));
      }
    }, patience);
    const attempts = () =>
      cluster
        .k3v()
        .lines()
        .slice(from)
        .filter((line) => line.includes('exceeded quota') && line.includes('refused a write'));
    const windowMs = isFullExtent ? 300_000 : 10_000;
    await passed(windowMs);
    // With pauses that double from 5 ms to a minute.
    const perPod = Math.log2(60_000 / 5) + 2 + windowMs / 60_000;
    expect(attempts().length).toBeGreaterThanOrEqual(3);
    expect(attempts().length).toBeLessThanOrEqual(3 * perPod);
    await cluster.host.delete(ref);
    await running('full', 3);
    await expectCleanAudit(cluster);
  });
});

describe('the namespace of the host', () => {
  const namespace = { resource: resources.namespaces, name: team };
  const remove = async () => {
    await cluster.host.delete(namespace);
    await eventually(async () => expect(await ifFound(cluster.host.get(namespace))).toBeUndefined(), patience);
  };
  const makeAgain = async () => {
    await cluster.host.create<KubeObject>(resources.namespaces, { metadata: { name: team } });
    // The Role and the account of k3v have gone with it.
    await cluster.grant();
  };
  /** Claims that were bound have lost their volumes, as the tenant is told. */
  const freeOfClaims = async () => {
    for (const name of ['churn-a', 'churn-b', 'churn-c']) {
      await ifFound(cluster.virtual.delete({ resource: resources.namespaces, name }));
      await eventually(
        async () =>
          expect(await ifFound(cluster.virtual.get({ resource: resources.namespaces, name }))).toBeUndefined(),
        patience,
      );
    }
    await expectCleanAudit(cluster);
  };

  it('deleted while k3v runs is named as the reason, and once it is there again so is everything in it', async () => {
    await freeOfClaims();
    await remove();
    await eventually(() => {
      const { kinds } = readStatus(join(cluster.folder, 'k3v-data'));
      const reasons = kinds.flatMap(({ failing }) => Object.values(failing).map(({ message }) => message));
      expect(reasons).toContain('Unauthorized');
    }, patience);
    await makeAgain();
    await running('full', 3);
    await running('alike', 1);
    await expectCleanAudit(cluster);
    const claim = { resource: configMaps, namespace: team, name: 'k3v-default' };
    await eventually(async () => await cluster.host.get(claim), patience);
  });

  it('deleted while k3v is down ends its start with a clear error, and made again lets everything come back', async () => {
    await cluster.restart(async () => {
      await remove();
      await expect(cluster.start()).rejects.toThrow(/HOST_UNAUTHORIZED.*refuses the credentials/s);
      const [option = '', , ...others] = cluster.args;
      const asAdmin = await runK3v(cluster.folder, [option, cluster.adminKubeconfig, ...others]);
      expect(asAdmin.stderr).toMatch(/HOST_NAMESPACE_MISSING.*the host has no namespace \\"team\\"/s);
      await makeAgain();
    });
    await running('full', 3);
    await expectCleanAudit(cluster);
  });
});
