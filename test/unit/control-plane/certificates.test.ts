import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { authorityRenewalReason, renewalReason } from '../../../src/control-plane/certificate-renewal.ts';
import {
  type Authority,
  type CertificateRequest,
  createAuthority,
  createServiceAccountKey,
  type KeyPair,
} from '../../../src/control-plane/certificates.ts';

const now = new Date('2026-03-01T00:00:00Z');
const later = (days: number) => new Date(now.getTime() + days * 86_400_000);
const request: CertificateRequest = {
  commonName: 'kube-apiserver',
  organizations: ['system:masters', 'operators'],
  dnsNames: ['localhost', 'kubernetes.default.svc.cluster.local'],
  ipAddresses: ['127.0.0.1', 'fd00::1'],
  usages: ['server'],
  days: 100,
};

let authority: Authority;
let other: Authority;
let pair: KeyPair;

beforeAll(async () => {
  [authority, other] = await Promise.all([createAuthority('k3v-ca', now), createAuthority('k3v-ca', now)]);
  pair = await authority.issue(request, now);
});

describe('an issued certificate', () => {
  it('is signed by its authority and by no other of that name', () => {
    const certificate = new X509Certificate(pair.certPem);
    expect(certificate.checkIssued(new X509Certificate(authority.certPem))).toBe(true);
    expect(certificate.verify(new X509Certificate(authority.certPem).publicKey)).toBe(true);
    expect(certificate.verify(new X509Certificate(other.certPem).publicKey)).toBe(false);
  });

  it('belongs to its key', () => {
    expect(new X509Certificate(pair.certPem).checkPrivateKey(createPrivateKey(pair.keyPem))).toBe(true);
  });

  it('is good for every asked-for name and address and for nothing else', () => {
    const certificate = new X509Certificate(pair.certPem);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost('kubernetes.default.svc.cluster.local')).toBeDefined();
    expect(certificate.checkHost('kubernetes.io')).toBeUndefined();
    expect(certificate.checkIP('127.0.0.1')).toBeDefined();
    expect(certificate.checkIP('fd00::1')).toBeDefined();
    expect(certificate.checkIP('10.0.0.1')).toBeUndefined();
  });

  it('carries user, groups, usage and life as asked', () => {
    const certificate = new X509Certificate(pair.certPem);
    expect(certificate.subject.split('\n')).toEqual(['O=system:masters', 'O=operators', 'CN=kube-apiserver']);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
    expect(certificate.validToDate).toEqual(later(100));
    expect(certificate.validFromDate).toEqual(later(-1));
  });
});

describe('renewal', () => {
  it.each([
    ['a fresh one', 0, undefined],
    ['one with 31 % of its life left', 69, undefined],
    ['one with 29 % of its life left', 71, 'it expires soon'],
    ['an expired one', 101, 'it expires soon'],
    ['one from the future', -2, 'it is not valid yet'],
  ])('judges %s by its age', (_title, days, reason) => {
    expect(renewalReason(pair, authority.certPem, request, later(days))).toBe(reason);
  });

  it.each<[string, Partial<CertificateRequest>, string | undefined]>([
    ['the same in another order', { ipAddresses: ['fd00:0:0::1', '127.0.0.1'] }, undefined],
    ['one more address', { ipAddresses: ['127.0.0.1', 'fd00::1', '10.96.0.1'] }, 'it is for other addresses'],
    ['one address less', { dnsNames: ['localhost'] }, 'it is for other addresses'],
    ['another group', { organizations: [] }, 'it is for another subject'],
  ])('compares with what is asked for: %s', (_title, change, reason) => {
    expect(renewalReason(pair, authority.certPem, { ...request, ...change }, now)).toBe(reason);
  });

  it('rejects the certificate of another authority, another key and a damaged file', () => {
    expect(renewalReason(pair, other.certPem, request, now)).toBe('another authority signed it');
    const swapped = { ...pair, keyPem: other.keyPem };
    expect(renewalReason(swapped, authority.certPem, request, now)).toBe('its key belongs to another certificate');
    const cut = { ...pair, certPem: pair.certPem.slice(0, 200) };
    expect(renewalReason(cut, authority.certPem, request, now)).toBe('it is damaged');
  });

  it('keeps an authority to its last day', () => {
    expect(authorityRenewalReason(authority, later(3649))).toBeUndefined();
    expect(authorityRenewalReason(authority, later(3651))).toBe('it has expired');
    expect(authorityRenewalReason(pair, now)).toBe('it is not an authority');
  });
});

describe('the service-account key', () => {
  it('is an RSA key whose public half verifies what the private half signed', async () => {
    const { privatePem, publicPem } = await createServiceAccountKey();
    const signature = sign('sha256', Buffer.from('token'), createPrivateKey(privatePem));
    expect(verify('sha256', Buffer.from('token'), createPublicKey(publicPem), signature)).toBe(true);
    expect(createPublicKey(publicPem).asymmetricKeyDetails?.modulusLength).toBe(2048);
  });
});
