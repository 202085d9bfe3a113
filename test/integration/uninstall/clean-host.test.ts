import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import { type KubeObject, type Resource, resources } from '../../../src/kube/types.ts';
import { silentProgress } from '../../../src/progress.ts';
import { chooseKinds } from '../../../src/syncer/choose-kinds.ts';
import type { Made } from '../../../src/syncer/made-kinds.ts';
import { createTranslator } from '../../../src/translate/translator.ts';
import { cleanHost } from '../../../src/uninstall/clean-host.ts';
import { eventually } from '../../support/eventually.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';
import { marked, translator } from '../../support/worlds.ts';

const { configMaps, endpoints, ingresses, pods, priorityClasses, secrets, services } = resources;
const widgets = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const wish = { dryRun: false, deleteData: false, seconds: 30 };

describe('what a virtual cluster has made on its host', () => {
  let server: FakeApiServer;
  let raw: ReturnType<typeof clientOf>;
  let said: string;
  let rules: object[];
  const put = (resource: Resource, metadata: KubeObject['metadata'], more: object = {}) =>
    server.store.put(resource, { metadata, ...more } as KubeObject);
  const names = (resource: Resource) => server.store.list(resource).map(({ metadata }) => metadata.name);
  /** The fake server has no reviews and no discovery. */
  const request: KubeClient['request'] = async (_method, path) => {
    if (path === '/version') return { gitVersion: 'v1.36.3' };
    if (path.endsWith('/selfsubjectrulesreviews')) return { status: { resourceRules: rules } };
    if (path.endsWith('/selfsubjectaccessreviews')) return { status: { allowed: rules.includes(everything) } };
    const served = [ingresses, priorityClasses, widgets].find(({ group }) => path.startsWith(`/apis/${group}`));
    if (!served) throw new StatusError(404, {});
    if (path === `/apis/${served.group}`) return { versions: [{ version: served.version }] };
    return { resources: [{ ...served, name: served.plural }] };
  };
  const clean = async (
    asked: Partial<typeof wish> = {},
    more: { sync?: string[]; remembered?: Made[]; clusterUid?: string; answer?: boolean } = {},
  ) => {
    said = '';
    return await cleanHost(
      { ...wish, ...asked },
      {
        client: { ...raw, request },
        namespace: 'team',
        id: 'a',
        dataDir: '/data',
        held: { clusterUid: more.clusterUid, remembered: more.remembered ?? [] },
        named: chooseKinds(more.sync ?? []).kinds,
        progress: silentProgress,
        say: (text) => (said += text),
        agree: async (question) => {
          said += question;
          return more.answer ?? true;
        },
      },
    );
  };

  beforeEach(async () => {
    server = await startFakeApiServer();
    raw = clientOf(server.url);
    rules = [everything];
  });
  afterEach(async () => {
    raw.close();
    await server.stop();
  });

  it('is deleted, of every kind that may cross, and nothing else is', async () => {
    put(pods, marked('Pod', 'shop', 'web'));
    put(services, marked('Service', 'shop', 'web'));
    put(endpoints, marked('Service', 'shop', 'web'));
    put(secrets, marked('Secret', 'shop', 'one'));
    put(secrets, marked('ServiceAccountToken', 'shop', 'web'));
    put(configMaps, marked('ClusterTrustBundles', 'shop', 'web'));
    put(ingresses, marked('Ingress', 'shop', 'web'));
    put(priorityClasses, marked('PriorityClass', '', 'high'));
    const strangers = [
      put(configMaps, { name: 'theirs', namespace: 'team' }),
      put(configMaps, { ...marked('ConfigMap', 'shop', 'one'), namespace: 'elsewhere' }),
      put(configMaps, ofAnother('ConfigMap', 'shop', 'one')),
      put(pods, { name: 'web', namespace: 'team', labels: { app: 'web' } }),
    ];
    expect(await clean()).toBe(true);
    for (const resource of [services, endpoints, secrets, ingresses, priorityClasses]) {
      expect(names(resource)).toEqual([]);
    }
    expect([...names(configMaps), ...names(pods)].toSorted()).toEqual(
      strangers.map(({ metadata }) => metadata.name).toSorted(),
    );
    expect(said).toMatch(/ pods +1\n.* secrets +2\n/s);
    expect(said).toContain('"a" is gone from namespace team; its data directory stays: /data');
  });

  it('includes what lost its labels, and not what only looks like it, which is named', async () => {
    const copy = marked('ConfigMap', 'shop', 'one');
    put(configMaps, { ...copy, name: 'copy' });
    put(configMaps, {
      name: 'by-hand',
      namespace: 'team',
      labels: { 'k3v.io/cluster': 'a', 'k3v.io/managed': 'true' },
    });
    const { annotations, name, namespace } = marked('ConfigMap', 'shop', 'two');
    put(configMaps, { name, namespace, annotations });
    const relabelled = marked('ConfigMap', 'shop', 'three', { labels: { 'k3v.io/cluster': 'b' } });
    put(configMaps, relabelled);
    // As the host's controllers give Endpoints to a Service.
    put(services, marked('Service', 'shop', 'web'));
    put(endpoints, { ...marked('Service', 'shop', 'web'), annotations: {} });
    await clean();
    expect(names(configMaps).toSorted()).toEqual(['by-hand', 'copy', relabelled.name].toSorted());
    expect(said).toContain('it has its label: configmaps/by-hand, configmaps/copy\n');
    expect(said).toMatch(/ configmaps +1\n/);
  });

  it('includes custom resources that --sync or the data directory names, and what controllers of the host wrote for them', async () => {
    put(secrets, marked('Secret', 'shop', 'made', { annotations: { 'k3v.io/owner-kind': 'SecretOutput' } }));
    put(widgets, marked('Widget', 'shop', 'one'));
    await clean();
    expect(names(secrets)).toEqual([]);
    expect(names(widgets)).toHaveLength(1);
    await clean({}, { remembered: [{ side: 'host', resource: widgets, ownerKind: 'Widget' }] });
    expect(names(widgets)).toEqual([]);
    put(widgets, marked('Widget', 'shop', 'two'));
    await clean({}, { sync: ['crd=widgets.example.com'] });
    expect(names(widgets)).toEqual([]);
  });

  it('is only shown in a dry run, and to somebody who then says no', async () => {
    put(pods, marked('Pod', 'shop', 'web'));
    put(configMaps, { name: 'k3v-a', namespace: 'team' }, { data: { owner: 'u' } });
    put(secrets, { name: 'k3v-a-keys', namespace: 'team' }, { data: { 'ca.crt': '' } });
    expect(await clean({ dryRun: true })).toBe(false);
    expect(said).toBe(
      `"a" in namespace team of ${server.url}:\n  pods                          1\n` +
        '  the keys of its replicas      1\n  the claim of its id           1\n',
    );
    const isRead = ({ method }: { method: string }) => method === 'GET';
    expect(server.requests.every(isRead)).toBe(true);
    server.store.delete(configMaps, 'team/k3v-a');
    expect(await clean({ deleteData: true }, { answer: false })).toBe(false);
    expect(said).toContain('Delete all of this, and the data directory with all keys, data and snapshots in it?');
    expect(said).toContain('nothing was deleted');
    expect(names(pods)).toHaveLength(1);
  });

  it('is nothing where all has gone, and nobody is asked', async () => {
    put(configMaps, { name: 'k3v-a', namespace: 'team' }, { data: { colour: 'blue' } });
    expect(await clean()).toBe(true);
    expect(said).toBe(`nothing of "a" is in namespace team of ${server.url}\n`);
  });

  it('ends with the claim of the id, and only once all else has gone', async () => {
    put(configMaps, { name: 'k3v-a', namespace: 'team' }, { data: { owner: 'u' } });
    put(secrets, { name: 'k3v-a-keys', namespace: 'team' }, { data: { 'ca.crt': '' } });
    put(secrets, { name: 'tenant', namespace: 'team', labels: { 'k3v.io/kubeconfig-of': 'a' } });
    put(secrets, { name: 'other', namespace: 'team', labels: { 'k3v.io/kubeconfig-of': 'b' } });
    put(pods, marked('Pod', 'shop', 'web'));
    expect(await clean({}, { clusterUid: 'u' })).toBe(true);
    const deleted = server.requests.filter(({ verb }) => verb === 'delete').map(({ name }) => name);
    expect(deleted).toEqual([translator.hostName('Pod', 'shop', 'web'), 'tenant', 'k3v-a-keys', 'k3v-a']);
    expect(names(secrets)).toEqual(['other']);
    expect(names(configMaps)).toEqual([]);
  });

  it('that a finalizer holds is named when time is up, and is gone at the next try', async () => {
    const held = { ...marked('ConfigMap', 'shop', 'one'), finalizers: ['example.com/hold'] };
    put(configMaps, held);
    put(configMaps, marked('ConfigMap', 'shop', 'two'));
    put(secrets, { name: 'k3v-a-keys', namespace: 'team' }, { data: { 'ca.crt': '' } });
    const ending = clean({ seconds: 1 });
    await expect(ending).rejects.toMatchObject({
      code: 'UNINSTALL_INCOMPLETE',
      message: `of "a", this is left in namespace team: configmaps/${held.name} waits for the finalizer example.com/hold`,
    });
    expect(names(configMaps)).toEqual([held.name]);
    expect(names(secrets)).toEqual(['k3v-a-keys']);
    const again = clean();
    await eventually(() => expect(said).toContain('configmaps'));
    await raw.patch({ resource: configMaps, namespace: 'team', name: held.name }, 'merge', {
      metadata: { finalizers: null },
    });
    expect(await again).toBe(true);
    expect([...names(configMaps), ...names(secrets)]).toEqual([]);
  });

  it('that the host will not delete is named with its words', async () => {
    const { name } = put(pods, marked('Pod', 'shop', 'web')).metadata;
    server.faults.add({ verb: 'delete' }, { kind: 'status', code: 403, message: 'admission says no' }, 99);
    await expect(clean({ seconds: 1 })).rejects.toMatchObject({
      code: 'UNINSTALL_INCOMPLETE',
      message: expect.stringContaining(`pods/${name} admission says no`),
    });
  });

  it('that comes up while it is deleted goes, too', async () => {
    put(pods, marked('Pod', 'shop', 'web'));
    server.store.subscribe(({ type, object }) => {
      const isFirst = type === 'DELETED' && object.metadata.name === translator.hostName('Pod', 'shop', 'web');
      if (isFirst) put(secrets, marked('Secret', 'shop', 'late'));
    });
    expect(await clean()).toBe(true);
    expect(names(secrets)).toEqual([]);
  });

  it('is not touched where a right is missing on a kind that always crosses, or that was named', async () => {
    put(pods, marked('Pod', 'shop', 'web'));
    const base = ['pods', 'services', 'endpoints', 'persistentvolumeclaims', 'configmaps', 'secrets'];
    rules = [{ apiGroups: [''], resources: base, verbs: ['list'] }];
    await expect(clean()).rejects.toMatchObject({
      code: 'HOST_FORBIDDEN',
      message: expect.stringContaining('delete pods'),
    });
    rules = [{ apiGroups: [''], resources: base, verbs: ['list', 'delete'] }];
    await expect(clean({}, { sync: ['ingresses'] })).rejects.toMatchObject({
      code: 'HOST_FORBIDDEN',
      message: expect.stringContaining('list ingresses.networking.k8s.io'),
    });
    expect(names(pods)).toHaveLength(1);
    expect(await clean()).toBe(true);
    expect(said).toContain('where --sync says so: ingresses.networking.k8s.io, priorityclasses.scheduling.k8s.io\n');
  });

  it('is not that of another data directory', async () => {
    put(pods, marked('Pod', 'shop', 'web'));
    put(configMaps, { name: 'k3v-a', namespace: 'team' }, { data: { owner: 'them' } });
    await expect(clean({}, { clusterUid: 'us' })).rejects.toMatchObject({ code: 'ID_TAKEN' });
    expect(names(pods)).toHaveLength(1);
  });
});

/** The marks of an object of another virtual cluster in the same namespace. */
function ofAnother(kind: string, namespace: string, name: string): KubeObject['metadata'] {
  const metadata = marked(kind, namespace, name, { labels: { 'k3v.io/cluster': 'b' } });
  return { ...metadata, name: createTranslator({ id: 'b', hostNamespace: 'team' }).hostName(kind, namespace, name) };
}
