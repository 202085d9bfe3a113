import { describe, expect, it } from 'vitest';
import { coreDnsAddOn } from '../../../src/add-ons/coredns.ts';
import { applyAddOn, removeAddOn } from '../../../src/add-ons/apply-add-on.ts';
import type { ObjectRef, WriteOptions } from '../../../src/kube/client.ts';
import { StatusError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { silentLog } from '../../../src/log.ts';
import { answeringClient, refusing } from '../../support/answering-client.ts';

const addOn = (settings = {}) =>
  coreDnsAddOn({ image: 'coredns:1', replicas: 1, clusterDomain: 'cluster.local', ...settings });
const nameOf = ({ resource, name }: ObjectRef) => `${resource.kind}/${name}`;
const all = [
  'Service/kube-dns',
  'ServiceAccount/coredns',
  'ClusterRole/system:coredns',
  'ClusterRoleBinding/system:coredns',
  'ConfigMap/coredns',
  'Deployment/coredns',
];

/** A cluster that holds what is applied to it. `taken` is refused with a conflict unless forced. */
function cluster({ taken }: { taken?: string } = {}) {
  const objects = new Map<string, KubeObject>();
  const writes: string[] = [];
  const missing = refusing(404, 'NotFound');
  const client = answeringClient({
    get: async <T extends KubeObject>(ref: ObjectRef) => (objects.get(nameOf(ref)) as T | undefined) ?? missing(),
    patch: async <T extends KubeObject>(ref: ObjectRef, type: string, body: unknown, { force }: WriteOptions = {}) => {
      if (nameOf(ref) === taken && !force) throw new StatusError(409, { reason: 'Conflict' });
      writes.push(`${type} ${nameOf(ref)}`);
      objects.set(nameOf(ref), body as T);
      return body as T;
    },
    delete: async (ref) => {
      writes.push(`delete ${nameOf(ref)}`);
      return objects.delete(nameOf(ref));
    },
  });
  const written = () => writes.splice(0);
  return { client, objects, written };
}

describe('an add-on', () => {
  it('is made once, its Service first, and not written again', async () => {
    const { client, written } = cluster();
    await applyAddOn(client, addOn(), silentLog);
    expect(written()).toEqual(all.map((name) => `apply ${name}`));
    await applyAddOn(client, addOn(), silentLog);
    expect(written()).toEqual([]);
  });

  it('is made whole again, and takes up a new version of what changed', async () => {
    const { client, objects, written } = cluster();
    await applyAddOn(client, addOn(), silentLog);
    objects.delete('ServiceAccount/coredns');
    written();
    await applyAddOn(client, addOn({ image: 'coredns:2' }), silentLog);
    expect(written()).toEqual(['apply ServiceAccount/coredns', 'apply Deployment/coredns']);
  });

  it.each([
    ['Deployment/coredns', ['apply ConfigMap/coredns', 'apply Deployment/coredns']],
    ['ConfigMap/coredns', ['apply Deployment/coredns']],
  ])('that is new wins over edits, but for the configuration: %s', async (taken, expected) => {
    const { client, objects, written } = cluster({ taken });
    for (const { resource, object } of addOn().objects) {
      const name = `${resource.kind}/${object.metadata.name}`;
      const changes = ['ConfigMap', 'Deployment'].includes(resource.kind);
      if (changes) objects.set(name, { metadata: { ...object.metadata, labels: { 'k3v.io/add-on': 'coredns' } } });
      else objects.set(name, { metadata: object.metadata });
    }
    objects.set('Service/kube-dns', {
      metadata: { name: 'kube-dns', labels: { 'k3v.io/add-on': 'coredns' }, annotations: {} },
    });
    await applyAddOn(client, addOn(), silentLog);
    expect(written().filter((write) => !write.includes('Service'))).toEqual(expected);
  });

  it('is left out where the tenant has its own', async () => {
    const { client, objects, written } = cluster();
    objects.set('Service/kube-dns', { metadata: { name: 'kube-dns', labels: { 'k8s-app': 'kube-dns' } } });
    await applyAddOn(client, addOn(), silentLog);
    expect(written()).toEqual([]);
  });

  it('is removed in the reverse order, but for what a tenant made its own', async () => {
    const { client, objects, written } = cluster();
    await applyAddOn(client, addOn(), silentLog);
    objects.set('ConfigMap/coredns', { metadata: { name: 'coredns' } });
    written();
    await removeAddOn(client, addOn(), silentLog);
    const left = all.filter((name) => name !== 'ConfigMap/coredns');
    expect(written()).toEqual(left.toReversed().map((name) => `delete ${name}`));
    await removeAddOn(client, addOn(), silentLog);
    expect(written()).toEqual([]);
  });
});
