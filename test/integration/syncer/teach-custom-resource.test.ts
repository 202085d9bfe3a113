import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServedResource } from '../../../src/kube/discovery.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { type KubeObject, resources } from '../../../src/kube/types.ts';
import { teachCustomResource } from '../../../src/syncer/teach-custom-resource.ts';
import { type FakeApiServer, startFakeApiServer } from '../../support/fake-api-server.ts';
import { clientOf } from '../../support/running-informer.ts';

const name = 'widgets.example.com';
const { signal } = new AbortController();
const inVersion = (version: string): ServedResource => ({
  group: 'example.com',
  version,
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
  hasStatus: true,
});
const definition = (strategy: string, versions: string[], labels = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name, labels, annotations: { 'api-approved.kubernetes.io': 'x' } },
  spec: {
    group: 'example.com',
    conversion: { strategy },
    versions: versions.map((version, index) => ({ name: version, served: true, storage: index > 0 })),
  },
});

describe('a custom resource of the host', () => {
  let virtual: FakeApiServer;
  let host: FakeApiServer;

  beforeEach(async () => {
    [virtual, host] = await Promise.all([startFakeApiServer(), startFakeApiServer()]);
  });

  afterEach(async () => {
    await Promise.all([virtual.stop(), host.stop()]);
  });

  /** The fake servers serve no discovery: what the virtual one serves follows its definitions. */
  function discovering(server: FakeApiServer): KubeClient {
    const client = clientOf(server.url);
    const served = () => {
      const found = server.store.get<KubeObject>(resources.customResourceDefinitions, name);
      return found ? (found as unknown as ReturnType<typeof definition>).spec.versions.map((each) => each.name) : [];
    };
    return {
      ...client,
      async request(method, path) {
        if (path === '/apis/example.com' && served().length > 0) {
          return { versions: served().map((version) => ({ version })) };
        }
        const version = served().find((each) => path === `/apis/example.com/${each}`);
        if (!version) throw new StatusError(404, {});
        return {
          resources: [{ name: 'widgets', kind: 'Widget', namespaced: true }, { name: 'widgets/status' }],
          method,
        };
      },
    };
  }
  const teach = async (onHost = [inVersion('v1'), inVersion('v1beta1')]) =>
    await teachCustomResource(onHost, { host: discovering(host), virtual: discovering(virtual), signal });
  const known = () =>
    virtual.store.get<KubeObject>(resources.customResourceDefinitions, name) as
      | ReturnType<typeof definition>
      | undefined;

  it('is taught to a virtual cluster that does not know it, as it is', async () => {
    host.store.put(resources.customResourceDefinitions, definition('None', ['v1beta1', 'v1'], { a: 'b' }));
    expect(await teach()).toEqual(inVersion('v1'));
    expect(known()).toMatchObject({
      metadata: { labels: { 'k3v.io/managed': 'true' }, annotations: { 'api-approved.kubernetes.io': 'x' } },
      spec: definition('None', ['v1beta1', 'v1']).spec,
    });
    const writes = virtual.requests.filter(({ method }) => method !== 'GET').length;
    await teach();
    expect(virtual.requests.filter(({ method }) => method !== 'GET')).toHaveLength(writes);
  });

  it('has one version where it would take a webhook to convert', async () => {
    host.store.put(resources.customResourceDefinitions, definition('Webhook', ['v1', 'v1beta1']));
    expect(await teach()).toEqual(inVersion('v1'));
    expect(known()?.spec).toEqual({
      group: 'example.com',
      conversion: { strategy: 'None' },
      versions: [{ name: 'v1', served: true, storage: true }],
    });
  });

  it('is followed when it changes on the host', async () => {
    host.store.put(resources.customResourceDefinitions, definition('None', ['v1beta1']));
    await teach([inVersion('v1beta1')]);
    host.store.put(resources.customResourceDefinitions, definition('None', ['v1beta1', 'v1']));
    expect(await teach()).toEqual(inVersion('v1'));
  });

  it("that the tenant has defined is the tenant's", async () => {
    virtual.store.put(resources.customResourceDefinitions, definition('None', ['v1beta1']));
    host.store.put(resources.customResourceDefinitions, definition('None', ['v1', 'v1beta1']));
    expect(await teach()).toEqual(inVersion('v1beta1'));
    expect(virtual.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    await expect(teach([inVersion('v2')])).rejects.toMatchObject({
      code: 'CRD_MISSING',
      message: `${name} is v2 on the host and v1beta1 in the virtual cluster`,
    });
  });

  it('that cannot be read and is not there is an error that says what to do', async () => {
    host.faults.add({ verb: 'get', plural: 'customresourcedefinitions' }, { kind: 'status', code: 403 });
    await expect(teach()).rejects.toMatchObject({
      code: 'CRD_MISSING',
      message: `the virtual cluster has no ${name}, and k3v may not read its definition on the host`,
      hint: expect.stringContaining(`k3v host-role --with crd=${name},customresourcedefinitions`),
    });
  });
});
