import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import { etcdKeys } from '../../../src/k3k/etcd-keys.ts';
import { pairIn, secretOfTexts } from '../../../src/k3k/secret-texts.ts';
import { contextOf } from '../../support/cluster-context.ts';

const now = new Date('2026-11-29T00:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 86_400_000);
const three = { servers: 3 };
const certificateOf = (secret: Awaited<ReturnType<typeof etcdKeys>>, base: string) =>
  new X509Certificate(pairIn(secret, base)?.certPem ?? '');

describe('the keys of the database of several servers', () => {
  it('are not needed by one server', async () => {
    expect(await etcdKeys(contextOf())).toBeUndefined();
  });

  it('are made once, owned by the Cluster, and good for every member by its name', async () => {
    const made = await etcdKeys(contextOf(three), now);
    expect(made?.metadata).toMatchObject({
      name: 'k3k-one-etcd-keys',
      namespace: 'team',
      ownerReferences: [{ kind: 'Cluster', uid: 'u-1' }],
    });
    for (const [base, authority] of [
      ['server', 'ca'],
      ['client', 'ca'],
      ['peer', 'peer-ca'],
      ['peer-client', 'peer-ca'],
    ] as const) {
      expect(certificateOf(made, base).verify(certificateOf(made, authority).publicKey)).toBe(true);
    }
    expect(certificateOf(made, 'peer').checkHost('k3k-one-etcd-2.k3k-one-etcd.team.svc')).toBeDefined();
    expect(certificateOf(made, 'server').checkIP('127.0.0.1')).toBeDefined();
    expect(certificateOf(made, 'peer-client').subjectAltName).toBeUndefined();
    expect(await etcdKeys(contextOf(three, { etcdKeys: made }), now)).toBeUndefined();
  });

  it('are renewed with the authorities that they have, when their end comes near', async () => {
    const made = await etcdKeys(contextOf(three), now);
    const renewed = await etcdKeys(contextOf(three, { etcdKeys: made }), later(300));
    expect(pairIn(renewed, 'ca')).toEqual(pairIn(made, 'ca'));
    expect(pairIn(renewed, 'peer-ca')).toEqual(pairIn(made, 'peer-ca'));
    expect(certificateOf(renewed, 'client').validToDate).toEqual(later(665));
  });

  it('are issued by the authorities that the Cluster gives', async () => {
    const own = await createAuthority('own-etcd-ca', now);
    const context = contextOf({ ...three, customCAs: { sources: { etcdServerCA: { secretName: 'own' } } } });
    const secret = secretOfTexts(context.cluster, 'own', { 'tls.crt': own.certPem, 'tls.key': own.keyPem });
    const made = await etcdKeys({ ...context, secrets: new Map([['team/own', secret]]) }, now);
    expect(pairIn(made, 'ca')).toEqual({ certPem: own.certPem, keyPem: own.keyPem });
    expect(certificateOf(made, 'client').verify(new X509Certificate(own.certPem).publicKey)).toBe(true);
    expect(certificateOf(made, 'peer').verify(new X509Certificate(own.certPem).publicKey)).toBe(false);
  });
});
