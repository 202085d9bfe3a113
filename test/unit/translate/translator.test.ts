import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resources } from '../../../src/kube/types.ts';
import { hostLabelKey, isTenantLabelOnHost } from '../../../src/translate/labels.ts';
import { createTranslator } from '../../../src/translate/translator.ts';

const translator = createTranslator({ id: 'a', hostNamespace: 'team' });
const virtual = { metadata: { name: 'web', namespace: 'shop', uid: 'u1' } };
const host = translator.hostObject(resources.pods, virtual);

describe('label keys on the host', () => {
  it('stay readable and never equal a key of the host', () => {
    expect(hostLabelKey('app')).toBe('v.k3v.io/app');
    expect(hostLabelKey('app.kubernetes.io/name')).toBe('app.kubernetes.io.v.k3v.io/name');
  });

  it('differ where the tenant keys differ', () => {
    const key = fc.stringMatching(/^([a-z]{1,5}(\.[a-z]{1,5}){0,2}\/)?[A-Za-z]{1,5}$/);
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(hostLabelKey(a) === hostLabelKey(b)).toBe(a === b);
      }),
    );
  });

  it('differ from that of a domain which looks like one too long', () => {
    const long = hostLabelKey(`${'a'.repeat(250)}/x`);
    const domain = long.slice(0, long.indexOf('/')).replace(/\.v\.k3v\.io$/, '');
    expect(hostLabelKey(`${domain}/x`)).not.toBe(long);
    expect(isTenantLabelOnHost(long)).toBe(true);
  });

  it('fit the limit of a prefix', () => {
    expect(hostLabelKey(`${'a'.repeat(250)}/x`).indexOf('/')).toBeLessThanOrEqual(253);
  });
});

describe('marks of a host object', () => {
  it('name the owner', () => {
    expect(translator.ownerOf(host, 'Pod')).toEqual({ kind: 'Pod', namespace: 'shop', name: 'web', uid: 'u1' });
  });

  it('mean nothing on an object of another name, kind or cluster', () => {
    expect(translator.ownerOf({ metadata: { ...host.metadata, name: 'other' } }, 'Pod')).toBeUndefined();
    expect(translator.ownerOf(host, 'Service')).toBeUndefined();
    expect(createTranslator({ id: 'b', hostNamespace: 'team' }).ownerOf(host, 'Pod')).toBeUndefined();
  });

  it('cannot be set by the tenant', () => {
    const forged = { 'k3v.io/cluster': 'b', 'k3v.io/owner-name': 'x', 'sub.k3v.io/y': 'z' };
    const object = translator.hostObject(resources.pods, {
      metadata: { ...virtual.metadata, labels: forged, annotations: forged },
    });
    expect(object).toEqual(host);
  });

  it('find in a selector what the tenant selects in that namespace only', () => {
    expect(translator.hostSelector('shop', { app: 'web' })).toEqual({
      'v.k3v.io/app': 'web',
      'k3v.io/cluster': 'a',
      'k3v.io/namespace': 'shop',
    });
  });
});
