import { describe, expect, it } from 'vitest';
import { readTokenClaims } from '../../../src/syncer/token-claims.ts';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const jwt = (claims: object) => `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
const pod = { pod: { name: 'p', uid: 'u1' } };

describe('a service-account token', () => {
  it('is renewed when four fifths of its life are over', () => {
    const token = jwt({ iat: 1_000, exp: 1_600, 'kubernetes.io': pod });
    expect(readTokenClaims(token)).toEqual({ podUid: 'u1', issuedAtMs: 1_000_000, renewAtMs: 1_480_000 });
  });

  it('is renewed after a day if it lives longer', () => {
    const token = jwt({ iat: 1_000, exp: 1_000 + 30 * 86_400, 'kubernetes.io': pod });
    expect(readTokenClaims(token)?.renewAtMs).toBe((1_000 + 86_400) * 1000);
  });

  it('is renewed within the life that was asked for, though the API server extended it to a year', () => {
    const kubernetes = { ...pod, warnafter: 4_607 };
    const token = jwt({ iat: 1_000, exp: 1_000 + 31_536_000, 'kubernetes.io': kubernetes });
    expect(readTokenClaims(token)?.renewAtMs).toBe(1_000_000 + 3_607_000 * 0.8);
  });

  it('is none of the kind if it cannot be read', () => {
    for (const token of [
      '',
      'a.b',
      'a.bm8ganNvbg.c',
      jwt({ sub: 'x' }),
      `a.${Buffer.from('null').toString('base64url')}.c`,
    ]) {
      expect(readTokenClaims(token)).toBeUndefined();
    }
  });
});
