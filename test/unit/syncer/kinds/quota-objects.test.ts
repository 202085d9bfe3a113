import { describe, expect, it } from 'vitest';
import { type KubeObject, type Namespace, type ResourceQuota, resources } from '../../../../src/kube/types.ts';
import { limitRangeMirror, resourceQuotaMirror } from '../../../../src/syncer/kinds/quota-objects.ts';
import { syncContext } from '../../../support/sync-context.ts';

const total = new Map([
  ['cpu', 4000],
  ['memory', 8 * 2 ** 30],
  ['pods', 10],
]);
const namespace = (name: string, more: object = {}): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, ...more },
});
const using = (of: string, used: Record<string, string>, name = 'k3v'): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace: of },
  status: { used },
});
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };

describe('the quota of a namespace', () => {
  const wanted = (key: string, virtual: KubeObject[]) =>
    resourceQuotaMirror(total).fromHost(key, syncContext({ virtual }));

  it('is what the others leave of the whole', () => {
    const virtual = [
      namespace('shop'),
      using('shop', { cpu: '2', pods: '3' }),
      using('bank', { cpu: '1500m', memory: '1Gi', pods: '4' }),
      using('zoo', { pods: '1', secrets: '7' }),
      using('zoo', { pods: '5' }, 'own'),
    ];
    expect(wanted('shop/k3v', virtual)?.spec?.hard).toEqual({ cpu: '2500m', memory: '7Gi', pods: '5' });
  });

  it('is nothing where the others have used all, and more', () => {
    expect(wanted('shop/k3v', [namespace('shop'), using('bank', { pods: '11' })])?.spec?.hard).toMatchObject({
      pods: '0',
    });
  });

  it('is not kept in a namespace that is going or gone, and others are left alone', () => {
    expect(wanted('shop/k3v', [namespace('shop', going)])).toBeUndefined();
    expect(wanted('shop/k3v', [])).toBeUndefined();
    const own = using('shop', {}, 'own');
    expect(wanted('shop/own', [namespace('shop'), own])).toBe(own);
  });

  it('goes where there is no quota any more', () => {
    const context = syncContext({ virtual: [namespace('shop'), using('shop', {})] });
    expect(resourceQuotaMirror(undefined).fromHost('shop/k3v', context)).toBeUndefined();
  });

  it('is looked at when others use more or less, the less often the more namespaces there are', () => {
    const quotas = ['a', 'b', 'c'].map((name) => using(name, {}));
    const virtual = [...quotas, using('a', {}, 'own'), ...Array.from({ length: 100 }, (_, n) => namespace(`n${n}`))];
    const context = syncContext({ virtual });
    const rule = resourceQuotaMirror(total).enqueuedBy.find(({ resource }) => resource === resources.resourceQuotas);
    const keysFor = (changed: ResourceQuota) => rule?.keys(changed, context);
    expect(keysFor(using('b', {}))).toEqual(['a/k3v', 'c/k3v']);
    expect(keysFor(using('b', {}, 'own'))).toEqual([]);
    expect(rule?.afterMs?.(context)).toBe(5_000);
    expect(rule?.afterMs?.(syncContext({ virtual: quotas }))).toBe(1_000);
  });
});

describe('the LimitRange of a namespace', () => {
  const context = syncContext({ virtual: [namespace('shop')] });

  it('gives containers what the defaults say', () => {
    const defaults = { requests: new Map([['cpu', 100]]), limits: new Map([['memory', 2 ** 29]]) };
    expect(limitRangeMirror(defaults).fromHost('shop/k3v', context)?.spec).toEqual({
      limits: [{ type: 'Container', default: { memory: '512Mi' }, defaultRequest: { cpu: '100m' } }],
    });
  });

  it('is not there without defaults', () => {
    expect(limitRangeMirror(undefined).fromHost('shop/k3v', context)).toBeUndefined();
  });
});
