import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServedResource } from '../../src/kube/discovery.ts';
import { type KubeEvent, type KubeObject, type Resource, type Service, resources } from '../../src/kube/types.ts';
import { createMemoryStore } from '../../src/state/memory-store.ts';
import type { OptInKind } from '../../src/syncer/define-opt-in.ts';
import { type Translator, createTranslator } from '../../src/translate/translator.ts';
import { eventually } from './eventually.ts';
import { type FakeApiServer, startFakeApiServer } from './fake-api-server.ts';
import { type RunningEngine, startEngineBetween } from './running-engine.ts';

/** The objects of both sides, as they stand there and as the engine leaves them. */
export interface WorldsCase {
  title: string;
  virtual: KubeObject[];
  host: KubeObject[];
  /** `events`: the reasons of those that the tenant gets; default: not looked at. */
  after: { virtual: KubeObject[]; host: KubeObject[]; events?: string[] };
}

/** Id `a`, host namespace `team`. */
export const translator: Translator = createTranslator({ id: 'a', hostNamespace: 'team' });

/** Returns the marks of the host object for the virtual `namespace/name` (UID `u1`) of `kind`, beside `labels` and `annotations`. */
export function marked(
  kind: string,
  namespace: string,
  name: string,
  { labels = {}, annotations = {} }: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): KubeObject['metadata'] {
  const place = namespace === '' ? { 'k3v.io/host-namespace': 'team' } : { 'k3v.io/namespace': namespace };
  return {
    name: translator.hostName(kind, namespace, name),
    ...(namespace === '' ? {} : { namespace: 'team' }),
    labels: { 'k3v.io/cluster': 'a', 'k3v.io/managed': 'true', ...place, ...labels },
    annotations: {
      'k3v.io/owner-kind': kind,
      'k3v.io/owner-namespace': namespace,
      'k3v.io/owner-name': name,
      'k3v.io/owner-uid': 'u1',
      ...annotations,
    },
  };
}

/**
 * Tests `cases` with `kinds` switched on, between two fake API servers: `compared` names the resources whose objects are compared whole, on both
 * sides; `served` is the custom resource among `kinds`. A second engine between the same two must then find nothing to write.
 */
export function describeWorlds(
  title: string,
  { kinds, compared, served }: { kinds: OptInKind[]; compared: Resource[]; served?: ServedResource },
  cases: WorldsCase[],
): void {
  describe(`${title}`, () => {
    let virtual: FakeApiServer;
    let host: FakeApiServer;
    let running: RunningEngine | undefined;

    beforeEach(async () => {
      [virtual, host] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
      virtual.store.put(resources.services, apiServer);
    });

    afterEach(async () => {
      await running?.stop();
      await Promise.all([virtual.stop(), host.stop()]);
    });

    const start = async () =>
      await startEngineBetween({ virtual, host, translator, store: createMemoryStore(), kinds, served });
    const content = ({ store }: FakeApiServer) =>
      compared.flatMap((resource) => store.list<KubeObject>(resource)).map(withoutTheServersOwn);
    const put = ({ store }: FakeApiServer, objects: KubeObject[]) => {
      for (const object of objects) store.put(resourceOf(object, compared), object);
    };

    it.each(cases)('$title', async (world) => {
      put(virtual, world.virtual);
      put(host, world.host);
      running = await start();
      await eventually(() => {
        expect({ virtual: content(virtual), host: content(host) }).toEqual({
          virtual: world.after.virtual.map(withoutTheServersOwn),
          host: world.after.host.map(withoutTheServersOwn),
        });
        const reasons = virtual.store.list<KubeEvent>(resources.events).map(({ reason }) => reason);
        expect(reasons).toEqual(world.after.events ?? reasons);
      });
      await running.stop();
      const plurals = compared.map(({ plural }) => plural);
      const writes = () =>
        [...virtual.requests, ...host.requests].filter(
          ({ method, plural = '' }) => method !== 'GET' && plurals.includes(plural),
        );
      const before = writes().length;
      running = await start();
      await eventually(() => expect(running?.engine.status().every(({ waiting }) => waiting === 0)).toBe(true));
      await running.stop();
      running = undefined;
      expect(writes().slice(before)).toEqual([]);
    });
  });
}

/** What pods of the virtual cluster find it by; none is made without it. */
export const apiServer: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.0.0.1', type: 'ClusterIP', ports: [{ name: 'https', port: 443, protocol: 'TCP' }] },
};

function resourceOf({ kind }: KubeObject, compared: Resource[]): Resource {
  const found = Object.values<Resource>(resources)
    .concat(compared)
    .find((each) => each.kind === kind);
  if (!found) throw new Error(`no resource of kind ${kind}`);
  return found;
}

function withoutTheServersOwn<T extends KubeObject>(object: T): T {
  const { resourceVersion: _, creationTimestamp: __, uid: ___, generation: ____, ...metadata } = object.metadata;
  const { annotations } = metadata;
  const uid = annotations?.['k3v.io/owner-uid'] ?? '';
  return {
    ...object,
    metadata: {
      ...metadata,
      // That of an object which the engine has made is the server's choice.
      ...(/^[0-9a-f-]{36}$/.test(uid) ? { annotations: { ...annotations, 'k3v.io/owner-uid': 'new' } } : {}),
    },
  };
}
