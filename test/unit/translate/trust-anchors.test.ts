import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/control-plane/certificates.ts';
import { trustAnchors } from '../../../src/translate/trust-anchors.ts';

describe('the trust anchors of several bundles', () => {
  let one: string;
  let two: string;

  beforeAll(async () => {
    one = (await createAuthority('one')).certPem;
    two = (await createAuthority('two')).certPem;
  });

  const subjects = (pem: string) =>
    (pem.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g) ?? []).map((each) => new X509Certificate(each).subject);

  it('are each certificate once, whatever stands between them and however its lines are broken', () => {
    const rewrapped = one
      .replace(/\n(?!-)/g, '')
      .replace('-----BEGIN CERTIFICATE-----', '-----BEGIN CERTIFICATE-----\r\n');
    const all = trustAnchors([`${one}# a comment\n${two}`, rewrapped]);
    expect(subjects(all).toSorted()).toEqual(['CN=one', 'CN=two']);
  });

  it('do not depend on the order of the bundles', () => {
    expect(trustAnchors([one, two])).toBe(trustAnchors([two, one]));
  });

  it('have lines that every parser of PEM reads', () => {
    expect(trustAnchors([one])).toBe(one);
  });

  it('are nothing for no bundle', () => {
    expect(trustAnchors([])).toBe('');
  });
});
