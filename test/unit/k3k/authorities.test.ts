import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { authorities } from '../../../src/k3k/authorities.ts';
import { faultsOfCustomAuthorities } from '../../../src/k3k/custom-authorities.ts';
import { pairIn, secretOfTexts, textIn } from '../../../src/k3k/secret-texts.ts';
import { virtualKubeconfig } from '../../../src/k3k/virtual-kubeconfig.ts';
import { contextOf } from '../../support/cluster-context.ts';
import { makeAuthority } from '../../support/make-authority.ts';

const server = 'https://k3k-one-service.team.svc:443';
const later = (days: number) => new Date(Date.now() + days * 86_400_000);
const { cluster } = contextOf();
const secretOf = (name: string, texts: Record<string, string>) =>
  [`team/${name}`, secretOfTexts(cluster, name, texts)] as const;

describe('the authorities of a cluster in mode virtual', () => {
  it('are made once, for k3s to take; in mode shared servers make theirs', async () => {
    expect(await authorities(contextOf())).toBeUndefined();
    const made = await authorities(contextOf({ mode: 'virtual' }));
    expect(made?.metadata).toMatchObject({ name: 'k3k-one-ca', ownerReferences: [{ uid: 'u-1' }] });
    expect(Object.keys(made?.data ?? {}).toSorted()).toEqual([
      'client-ca.crt',
      'client-ca.key',
      'request-header-ca.crt',
      'request-header-ca.key',
      'server-ca.crt',
      'server-ca.key',
      'service.key',
    ]);
    expect(await authorities(contextOf({ mode: 'virtual' }, { authorities: made }))).toBeUndefined();
  });

  it('are those that the Cluster gives, and made for the rest', async () => {
    const own = await makeAuthority('own', { by: await makeAuthority('root', { kind: 'rsa' }) });
    const service = await makeAuthority('unused', { kind: 'rsa' });
    const sources = { serverCA: { secretName: 'own' }, serviceAccountToken: { secretName: 'service' } };
    const secrets = new Map([
      secretOf('own', { 'tls.crt': own.certPem, 'tls.key': own.keyPem }),
      secretOf('service', { 'tls.key': service.keyPem }),
    ]);
    const context = contextOf({ mode: 'virtual', customCAs: { sources } }, { secrets });
    expect(faultsOfCustomAuthorities(context)).toEqual([]);
    const made = await authorities(context);
    expect(pairIn(made, 'server-ca')).toEqual({ certPem: own.certPem, keyPem: own.keyPem });
    expect(textIn(made, 'service.key')).toBe(service.keyPem);
    expect(new X509Certificate(pairIn(made, 'client-ca')?.certPem ?? '').subject).toBe('CN=k3s-client-ca');
    expect(await authorities({ ...context, authorities: made })).toBeUndefined();
    const off = contextOf({ mode: 'virtual', customCAs: { enabled: false, sources } }, { secrets });
    expect(pairIn(await authorities(off), 'server-ca')?.certPem).not.toBe(own.certPem);
  });

  it('that cannot be used are told, each with its Secret and why', async () => {
    const old = await makeAuthority('old', { days: -1 });
    const secrets = new Map([
      secretOf('old', { 'tls.crt': old.certPem, 'tls.key': old.keyPem }),
      secretOf('half', { 'tls.crt': old.certPem }),
    ]);
    const sources = {
      serverCA: { secretName: 'old' },
      clientCA: { secretName: 'half' },
      serviceAccountToken: { secretName: 'gone' },
    };
    expect(faultsOfCustomAuthorities(contextOf({ customCAs: { sources } }, { secrets }))).toEqual([
      expect.stringMatching(/^the Secret old of customCAs.sources.serverCA has expired: CN=old was valid until /),
      'the Secret half of customCAs.sources.clientCA has no key tls.key',
    ]);
    expect(faultsOfCustomAuthorities(contextOf({ customCAs: { enabled: false, sources } }, { secrets }))).toEqual([]);
  });
});

describe('the kubeconfig of a cluster in mode virtual', () => {
  it('is issued by its authority of users, and again for another address, by another authority, or near its end', async () => {
    const made = await authorities(contextOf({ mode: 'virtual' }));
    const context = contextOf({ mode: 'virtual' }, { authorities: made });
    const found = await virtualKubeconfig(context, server, undefined);
    expect(found?.metadata.name).toBe('k3k-one-kubeconfig');
    const { clusters, users } = parse(textIn(found, 'kubeconfig.yaml') ?? '') as Record<
      string,
      Record<string, Record<string, string>>[]
    >;
    expect(clusters?.[0]?.['cluster']?.['server']).toBe(server);
    const certificate = new X509Certificate(
      Buffer.from(users?.[0]?.['user']?.['client-certificate-data'] ?? '', 'base64'),
    );
    expect(certificate.subject.split('\n')).toEqual(['O=system:masters', 'CN=system:admin']);
    expect(certificate.verify(new X509Certificate(pairIn(made, 'client-ca')?.certPem ?? '').publicKey)).toBe(true);

    expect(await virtualKubeconfig(context, server, found)).toBeUndefined();
    expect(await virtualKubeconfig(context, 'https://192.0.2.1:443', found)).toBeDefined();
    expect(await virtualKubeconfig(context, server, found, later(300))).toBeDefined();
    const other = contextOf({ mode: 'virtual' }, { authorities: await authorities(contextOf({ mode: 'virtual' })) });
    expect(await virtualKubeconfig(other, server, found)).toBeDefined();
  });

  it('waits for the authorities', async () => {
    expect(await virtualKubeconfig(contextOf({ mode: 'virtual' }), server, undefined)).toBeUndefined();
  });
});
