import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeClient, ObjectRef } from '../../src/kube/client.ts';
import {
  type EndpointSlice,
  type KubeEvent,
  type KubeObject,
  type Namespace,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Service,
  type StorageClass,
  joinKey,
  resources,
  splitKey,
} from '../../src/kube/types.ts';
import { claimSteps } from '../support/claim-steps.ts';
import { type EmbeddedCluster, startEmbeddedCluster } from '../support/embedded-cluster.ts';
import { eventually } from '../support/eventually.ts';
import {
  type Prepared,
  type SideName,
  edit,
  endOfDeletion,
  endOfEdit,
  patience,
  prepare,
  remove,
  touch,
  touchAnything,
} from '../support/ownership-driver.ts';
import { type Subject, boundClass, deletionSubjects, editSubjects } from '../support/ownership-subjects.ts';
import { type OwnershipRow, ownershipTable } from '../support/ownership-table.ts';
import { factsOf, linesOf } from '../support/slice-facts.ts';
import { comparableSpec, firstSpec, serviceSteps } from '../support/service-steps.ts';

let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster(27_471, { extras: ['events', 'nodes', 'storageclasses'] });
  await cluster.host.create<Namespace>(resources.namespaces, { metadata: { name: 'bare' } });
});

afterAll(async () => {
  await cluster?.stop();
});

const service = (namespace: string, name: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name },
  spec,
});
const refTo = (key: string) => ({ resource: resources.services, ...splitKey(key) });
const hostRef = (name: string) => refTo(joinKey('team', cluster.translator.hostName('Service', 'default', name)));
const virtualService = async (name: string) => await cluster.virtual.get<Service>(refTo(`default/${name}`));
const hostService = async (name: string) => await cluster.host.get<Service>(hostRef(name));
const make = async (name: string, spec: Service['spec']) =>
  await cluster.virtual.create(resources.services, service('default', name, spec));
const change = async (name: string, patch: object) =>
  await cluster.virtual.patch<Service>(refTo(`default/${name}`), 'merge', patch);

/** Has the class of bound claims let them grow, on both sides. */
async function letVolumesGrow(): Promise<void> {
  const ref = { resource: resources.storageClasses, name: boundClass };
  await cluster.host.patch(ref, 'merge', { allowVolumeExpansion: true });
  await eventually(async () => {
    const { allowVolumeExpansion } = await cluster.virtual.get<StorageClass>(ref);
    if (!allowVolumeExpansion) throw new Error('the class has not been mirrored');
  }, patience);
}

/** What k3v says of it. The API server may have words of its own: its repair loop may see a Service before the address of it (`ClusterIPNotAllocated`). */
async function eventsOf(name: string): Promise<string[]> {
  const { items } = await cluster.virtual.list<KubeEvent>(resources.events, { namespace: 'default' });
  return items.flatMap(({ involvedObject, reason = '', reportingComponent }) =>
    involvedObject.name === name && reportingComponent === 'k3v-syncer' ? [reason] : [],
  );
}

describe('Services of a virtual cluster', () => {
  /** The host Service has what the virtual one has, in the host's words. */
  async function expectOnHost(name: string): Promise<void> {
    const { spec: { externalIPs: _, ...spec } = {} } = await virtualService(name);
    const selector = spec.selector && cluster.translator.hostSelector('default', spec.selector);
    const { spec: { loadBalancerIP, ...onHost } = {} } = await hostService(name);
    // It may be the load balancer that wrote this one.
    expect(spec.loadBalancerIP ? { ...onHost, loadBalancerIP } : onHost).toEqual({ ...spec, selector });
  }

  describe('and of a bare one', () => {
    const onBare = new Map(serviceSteps(30_501));
    let made: Service;
    let bare: Service;

    beforeAll(async () => {
      bare = await cluster.host.create(resources.services, service('bare', 'web', firstSpec));
      made = await make('web', firstSpec);
    });

    /** The virtual Service is like that of the bare cluster, and the host's like the virtual one. */
    async function expectAlike(): Promise<void> {
      await expectOnHost('web');
      expect(comparableSpec(await virtualService('web'))).toEqual(comparableSpec(bare));
    }

    it('are alike from the first moment', async () => {
      expect(comparableSpec(made)).toEqual(comparableSpec(bare));
      await eventually(expectAlike, patience);
      expect((await virtualService('web')).spec).toEqual(made.spec);
    });

    it.each(serviceSteps(30_502))('are alike when one %s', async (title, patch) => {
      bare = await cluster.host.patch<Service>(refTo('bare/web'), 'merge', { spec: onBare.get(title) });
      expect(comparableSpec(await change('web', { spec: patch }))).toEqual(comparableSpec(bare));
      await eventually(expectAlike, patience);
    });

    it('stay the same one through all of it, with no complaint', async () => {
      expect((await virtualService('web')).metadata.uid).toBe(made.metadata.uid);
      expect(await eventsOf('web')).toEqual([]);
    });
  });

  it('have the node port that they ask for, or are refused in the words of the host', async () => {
    const asking = (nodePort: number) => ({ type: 'NodePort', ports: [{ port: 80, nodePort }] });
    await cluster.host.create(resources.services, service('bare', 'taken', asking(30_600)));
    const own = await make('own', asking(30_601));
    expect((await hostService('own')).spec?.ports).toEqual(own.spec?.ports);
    expect(own.spec?.ports?.[0]?.nodePort).toBe(30_601);
    const refusal = /host: Service "\w+" is invalid: .*provided port is already allocated/;
    await expect(make('other', asking(30_600))).rejects.toThrow(refusal);
    await expect(make('other', asking(30_600))).rejects.toThrow(/"other"/);
    await expect(change('own', { spec: asking(30_600) })).rejects.toThrow(refusal);
    const dry = cluster.virtual.create(resources.services, service('default', 'dry', asking(30_600)), { dryRun: true });
    await expect(dry).rejects.toThrow(refusal);
    await expectOnHost('own');
  });

  it('show what a load balancer of the host says', async () => {
    await make('balanced', { type: 'LoadBalancer', ports: [{ port: 80 }] });
    const condition = {
      type: 'LoadBalancerPortsError',
      status: 'False',
      reason: 'Fine',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const ingress = [{ ip: '192.0.2.9', ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP' }] }];
    const status = { loadBalancer: { ingress }, conditions: [condition] };
    await eventually(async () => await expectOnHost('balanced'), patience);
    await cluster.host.patch(hostRef('balanced'), 'merge', { status }, { subresource: 'status' });
    await eventually(async () => expect((await virtualService('balanced')).status).toEqual(status), patience);
    await cluster.virtual.patch(
      refTo('default/balanced'),
      'merge',
      { status: { loadBalancer: null } },
      {
        subresource: 'status',
      },
    );
    await eventually(async () => expect((await virtualService('balanced')).status).toEqual(status), patience);
  });

  it('of a class that the host does not serve are served in the virtual cluster', async () => {
    await make('inner', { type: 'LoadBalancer', loadBalancerClass: 'tenant.example/x', ports: [{ port: 80 }] });
    const loadBalancer = { ingress: [{ ip: '192.0.2.10', ipMode: 'VIP' }] };
    await cluster.virtual.patch(
      refTo('default/inner'),
      'merge',
      { status: { loadBalancer } },
      { subresource: 'status' },
    );
    // Whatever comes to the host after it has had its look at this.
    await change('inner', { metadata: { labels: { later: 'yes' } } });
    await eventually(
      async () => expect((await hostService('inner')).metadata.labels).toHaveProperty(['v.k3v.io/later']),
      patience,
    );
    expect((await virtualService('inner')).status?.loadBalancer).toEqual(loadBalancer);
  });

  it('that ask for external addresses do not get them, and the tenant is told', async () => {
    await make('greedy', { externalIPs: ['192.0.2.53'], ports: [{ port: 53 }] });
    await eventually(async () => expect(await eventsOf('greedy')).toEqual(['NotSupported']), patience);
    const { externalTrafficPolicy: _, ...spec } = (await virtualService('greedy')).spec ?? {};
    expect({ ...(await hostService('greedy')).spec, externalIPs: ['192.0.2.53'] }).toEqual(spec);
    expect((await virtualService('greedy')).spec?.externalIPs).toEqual(['192.0.2.53']);
  });

  it('may be made again while the host still removes the one before', async () => {
    await make('again', { ports: [{ port: 80 }] });
    await eventually(async () => await expectOnHost('again'), patience);
    await cluster.host.patch(hostRef('again'), 'merge', { metadata: { finalizers: ['example.com/wait'] } });
    const before = await hostService('again');
    await cluster.virtual.delete(refTo('default/again'));
    await make('again', { ports: [{ port: 81 }] });
    await eventually(
      async () => expect((await hostService('again')).metadata.deletionTimestamp).toBeDefined(),
      patience,
    );
    await cluster.host.patch(hostRef('again'), 'merge', { metadata: { finalizers: null } });
    await eventually(async () => {
      expect((await hostService('again')).metadata.uid).not.toBe(before.metadata.uid);
      await expectOnHost('again');
    }, patience);
  });

  it('may be made where an API server that was ended in the middle of it has left the address of an earlier try', async () => {
    const namespace = 'default';
    const metadata = { name: 'none', namespace };
    const quota = { resource: { ...resources.services, plural: 'resourcequotas', kind: 'ResourceQuota' }, ...metadata };
    await cluster.virtual.create<KubeObject & { spec: object }>(quota.resource, {
      metadata,
      spec: { hard: { services: '0' } },
    });
    // What is refused now has been on the host before.
    await eventually(
      async () => await expect(make('later', { ports: [{ port: 80 }] })).rejects.toThrow('quota'),
      patience,
    );
    const { spec: { clusterIP: name = '' } = {} } = await hostService('later');
    const parentRef = { group: '', resource: 'services', namespace, name: 'later' };
    await cluster.virtual.create<KubeObject & { spec: object }>(resources.ipAddresses, {
      metadata: { name },
      spec: { parentRef },
    });
    await delay(3_500);
    await cluster.virtual.delete(quota);
    await make('later', { ports: [{ port: 80 }] });
    await eventually(async () => await expectOnHost('later'), patience);
  }, 60_000);
});

describe('EndpointSlices', () => {
  const slicesOf = async (client: KubeClient, namespace: string, name: string) => {
    const labelSelector = `kubernetes.io/service-name=${name}`;
    return (await client.list<EndpointSlice>(resources.endpointSlices, { namespace, labelSelector })).items;
  };

  it('say of the pods of a StatefulSet what those of a bare cluster do: readiness, host names, zones, hints', async () => {
    const nodes = (await cluster.host.list<Node>(resources.nodes)).items.map(({ metadata }) => metadata.name);
    const zones = new Map(nodes.map((name, index) => [name, `zone-${index}`]));
    for (const [name, zone] of zones) {
      const labels = { 'topology.kubernetes.io/zone': zone };
      await cluster.host.patch({ resource: resources.nodes, name }, 'merge', { metadata: { labels } });
      await eventually(
        async () =>
          expect((await cluster.virtual.get({ resource: resources.nodes, name })).metadata.labels).toMatchObject(
            labels,
          ),
        patience,
      );
    }
    const labels = { app: 'db' };
    const worlds = [
      { client: cluster.host, namespace: 'bare' },
      { client: cluster.virtual, namespace: 'default' },
    ];
    for (const { client, namespace } of worlds) {
      const headless = { clusterIP: 'None', selector: labels, ports: [{ name: 'sql', port: 5432 }] };
      await client.create(resources.services, service(namespace, 'db', headless));
      const near = { trafficDistribution: 'PreferSameZone', selector: labels, ports: [{ port: 80 }] };
      await client.create(resources.services, service(namespace, 'near', near));
      const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } };
      await client.request('POST', `/apis/apps/v1/namespaces/${namespace}/statefulsets`, {
        body: {
          metadata: { name: 'db', namespace },
          spec: { replicas: 2, serviceName: 'db', selector: { matchLabels: labels }, template },
        },
      });
    }
    for (const [name, hostname] of [
      ['db', 'db-1'],
      ['near', undefined],
    ] as const) {
      await eventually(async () => {
        const [bare = [], own = []] = await Promise.all(
          worlds.map(async ({ client, namespace }) => factsOf(await slicesOf(client, namespace, name), zones)),
        );
        expect(bare).toHaveLength(2);
        expect(bare[1]).toMatchObject({ pod: 'Pod db-1', isInZoneOfNode: true, conditions: { ready: true } });
        expect(bare[1]).toHaveProperty('hostname', hostname);
        expect(own).toEqual(bare);
      }, patience);
    }
  });

  it('that the tenant writes lead to their addresses on the host, all of them', async () => {
    await make('outside', {
      ipFamilyPolicy: 'RequireDualStack',
      ports: ['a', 'b'].map((name, index) => ({ name, port: 80 + index })),
    });
    const slice = (name: string, addressType: string, ip: string, port: object, ready = true) => ({
      metadata: { namespace: 'default', name, labels: { 'kubernetes.io/service-name': 'outside' } },
      addressType,
      endpoints: [{ addresses: [ip], conditions: { ready } }],
      ports: [port],
    });
    const slices = [
      slice('outside-1', 'IPv4', '192.0.2.1', { name: 'a', port: 8080 }),
      slice('outside-2', 'IPv4', '192.0.2.2', { name: 'b', port: 8081 }),
      slice('outside-3', 'IPv4', '192.0.2.3', { name: 'b', port: 8081 }, false),
      slice('outside-4', 'IPv6', '2001:db8::1', { name: 'a', port: 8080 }),
      slice('outside-5', 'FQDN', 'a.example', { name: 'a', port: 8080 }),
    ];
    for (const each of slices) await cluster.virtual.create(resources.endpointSlices, each);
    const hostName = cluster.translator.hostName('Service', 'default', 'outside');
    const onHost = async () => linesOf(await slicesOf(cluster.host, 'team', hostName));
    await eventually(
      async () =>
        expect(await onHost()).toEqual([
          'IPv4 192.0.2.1 a 8080 true',
          'IPv4 192.0.2.2 b 8081 true',
          'IPv4 192.0.2.3 b 8081 false',
          'IPv6 2001:db8::1 a 8080 true',
        ]),
      patience,
    );
    for (const { metadata } of slices.slice(1)) {
      await cluster.virtual.delete({ resource: resources.endpointSlices, ...metadata });
    }
    await eventually(async () => expect(await onHost()).toEqual(['IPv4 192.0.2.1 a 8080 true']), patience);
  });
});

describe('Claims of a virtual cluster and of a bare one', () => {
  const claimRef = (namespace: string, name: string) => ({
    resource: resources.persistentVolumeClaims,
    namespace,
    name,
  });
  const tenants = claimRef('default', 'grows');
  const bare = claimRef('bare', 'grows');
  const claimOf = async (client: KubeClient, ref: ObjectRef) => await client.get<PersistentVolumeClaim>(ref);
  const comparable = ({ spec, status }: PersistentVolumeClaim) => ({ spec: { ...spec, volumeName: 'any' }, status });
  let onHost: ObjectRef;

  /** The virtual claim is like the bare one, and the volume that stands in for the host's is as large. */
  async function expectAlike(): Promise<void> {
    const own = await claimOf(cluster.virtual, tenants);
    expect(comparable(own)).toEqual(comparable(await claimOf(cluster.host, bare)));
    const volume = { resource: resources.persistentVolumes, name: own.spec?.volumeName ?? '' };
    expect((await cluster.virtual.get<PersistentVolume>(volume)).spec?.capacity).toEqual(own.status?.capacity);
  }

  it('are alike once they are bound', async () => {
    onHost = claimRef('team', cluster.translator.hostName('PersistentVolumeClaim', 'default', 'grows'));
    await letVolumesGrow();
    const worlds = [
      [cluster.host, bare],
      [cluster.virtual, tenants],
    ] as const;
    for (const [client, { resource, ...metadata }] of worlds) {
      const requests = { storage: '1Gi' };
      const spec = { accessModes: ['ReadWriteOnce'], resources: { requests }, storageClassName: boundClass };
      await client.create<PersistentVolumeClaim>(resource, { metadata, spec });
    }
    await eventually(async () => {
      await expectAlike();
      expect((await claimOf(cluster.virtual, tenants)).status?.phase).toBe('Bound');
    }, patience);
  });

  it.each(claimSteps)('are alike when one $title', async ({ spec = {}, status }) => {
    await cluster.host.patch(bare, 'merge', { spec });
    await cluster.virtual.patch(tenants, 'merge', { spec });
    await eventually(async () => expect((await claimOf(cluster.host, onHost)).spec).toMatchObject(spec), patience);
    if (status) {
      for (const ref of [bare, onHost]) await cluster.host.patch(ref, 'merge', { status }, { subresource: 'status' });
    }
    await eventually(expectAlike, patience);
  });
});

describe('Who owns what', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/ownership.md'), 'utf8');
  const edits = ownershipTable(text, 'Edits');
  const deletions = ownershipTable(text, 'Deletions');
  const isSaid = (word: string) => word !== '–';
  const subjectOf = (subjects: Subject[], { title }: OwnershipRow) => {
    const found = subjects.find((each) => each.title === title);
    if (!found) throw new Error(`no test is about "${title}"`);
    return found;
  };
  const prepareAll = async (rows: OwnershipRow[], subjects: Subject[], side: SideName, prefix: string) => {
    const wanted = rows.filter((row) => isSaid(side === 'host' ? row.host : row.tenant));
    const all = wanted.map(
      async (row, index) =>
        [row.title, await prepare(subjectOf(subjects, row), `${prefix}-${side[0]}${index}`, cluster)] as const,
    );
    return new Map(await Promise.all(all));
  };
  const of = (prepared: Map<string, Prepared> | undefined, { title }: OwnershipRow) => {
    const found = prepared?.get(title);
    if (!found) throw new Error(`"${title}" has not been made`);
    return found;
  };
  const saidOfTenant = (rows: OwnershipRow[]) => rows.filter(({ tenant }) => isSaid(tenant));
  const saidOfHost = (rows: OwnershipRow[]) => rows.filter(({ host }) => isSaid(host));

  beforeAll(letVolumesGrow);

  it('is tested row by row', () => {
    expect(edits.map(({ title }) => title)).toEqual(editSubjects.map(({ title }) => title));
    expect(deletions.map(({ title }) => title)).toEqual(deletionSubjects.map(({ title }) => title));
  });

  describe('while k3v runs', () => {
    let edited: Record<SideName, Map<string, Prepared>>;
    let deleted: Record<SideName, Map<string, Prepared>>;

    beforeAll(async () => {
      edited = {
        virtual: await prepareAll(edits, editSubjects, 'virtual', 'edit'),
        host: await prepareAll(edits, editSubjects, 'host', 'edit'),
      };
      deleted = {
        virtual: await prepareAll(deletions, deletionSubjects, 'virtual', 'gone'),
        host: await prepareAll(deletions, deletionSubjects, 'host', 'gone'),
      };
    });

    it.each(saidOfTenant(edits))('an edit by the tenant of $title: $tenant', async (row) => {
      const prepared = of(edited.virtual, row);
      const value = await edit(prepared, 'virtual', cluster);
      if (row.tenant === 'stays') await touch(prepared, cluster);
      await eventually(
        async () => expect(await endOfEdit(prepared, 'virtual', value, cluster)).toBe(row.tenant),
        patience,
      );
    });

    it.each(saidOfHost(edits))('an edit on the host of $title: $host', async (row) => {
      const prepared = of(edited.host, row);
      const value = await edit(prepared, 'host', cluster);
      if (row.host === 'stays') await touch(prepared, cluster);
      await eventually(async () => expect(await endOfEdit(prepared, 'host', value, cluster)).toBe(row.host), patience);
    });

    it.each(saidOfTenant(deletions))('a deletion by the tenant of $title: $tenant', async (row) => {
      const prepared = of(deleted.virtual, row);
      await remove(prepared, 'virtual', cluster);
      if (row.tenant === 'stays') await touchAnything(cluster);
      await eventually(
        async () => expect(await endOfDeletion(prepared, 'virtual', cluster)).toBe(row.tenant),
        patience,
      );
    });

    it.each(saidOfHost(deletions))('a deletion on the host of $title: $host', async (row) => {
      const prepared = of(deleted.host, row);
      await remove(prepared, 'host', cluster);
      if (row.host === 'stays') await touchAnything(cluster);
      await eventually(async () => expect(await endOfDeletion(prepared, 'host', cluster)).toBe(row.host), patience);
    });
  });

  describe('while k3v is down, when it is up again', () => {
    let edited: Map<string, Prepared>;
    let deleted: Map<string, Prepared>;
    const values = new Map<string, unknown>();
    let before: Service;

    it('a Service whose address has been given to another one gets a new one', async () => {
      await eventually(async () => {
        const [virtual, host] = [await virtualService('homeless'), await hostService('homeless')];
        expect(virtual.spec).toEqual(host.spec);
        expect(virtual.spec?.clusterIP).not.toBe(before.spec?.clusterIP);
      }, patience);
    });

    beforeAll(async () => {
      edited = await prepareAll(edits, editSubjects, 'host', 'down');
      deleted = await prepareAll(deletions, deletionSubjects, 'host', 'downgone');
      before = await make('homeless', { ports: [{ port: 80 }] });
      await cluster.restart(async () => {
        await cluster.host.delete(hostRef('homeless'));
        await eventually(async () => {
          await cluster.host.create(resources.services, service('bare', 'squatter', { ...before.spec }));
        }, patience);
        for (const [title, prepared] of edited) values.set(title, await edit(prepared, 'host', cluster));
        for (const prepared of deleted.values()) await remove(prepared, 'host', cluster);
      });
    });

    it.each(saidOfHost(edits))('an edit on the host of $title: $host', async (row) => {
      const prepared = of(edited, row);
      if (row.host === 'stays') await touch(prepared, cluster);
      const value = values.get(row.title);
      await eventually(async () => expect(await endOfEdit(prepared, 'host', value, cluster)).toBe(row.host), patience);
    });

    it.each(saidOfHost(deletions))('a deletion on the host of $title: $host', async (row) => {
      const prepared = of(deleted, row);
      if (row.host === 'stays') await touchAnything(cluster);
      await eventually(async () => expect(await endOfDeletion(prepared, 'host', cluster)).toBe(row.host), patience);
    });
  });
});
