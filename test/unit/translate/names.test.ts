import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hostName } from '../../../src/translate/names.ts';

const dnsLabel = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
const dnsSubdomain = fc.array(dnsLabel, { minLength: 1, maxLength: 4 }).map((labels) =>
  labels
    .join('.')
    .slice(0, 253)
    .replace(/[-.]+$/, ''),
);

describe('host names', () => {
  it('are DNS-1035 labels of at most 63 characters for every legal name and namespace', () => {
    fc.assert(
      fc.property(dnsSubdomain, dnsLabel, (name, namespace) => {
        const host = hostName('id', { kind: 'ConfigMap', namespace, name });
        expect(host).toMatch(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
        expect(host.length).toBeLessThanOrEqual(63);
      }),
    );
  });

  it('differ for different objects, and are the same for the same', () => {
    const kind = fc.constantFrom('Pod', 'ConfigMap', 'Secret', 'Service');
    // Few letters, so that names and namespaces that join to the same text are frequent.
    const short = fc.stringMatching(/^[a-c]([a-c.-]{0,3}[a-c])?$/);
    const owner = fc.record({ kind, name: fc.oneof(short, dnsSubdomain), namespace: fc.oneof(short, dnsLabel) });
    fc.assert(
      fc.property(owner, owner, (a, b) => {
        const isSame = a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;
        expect(hostName('id', a) === hostName('id', b)).toBe(isSame);
      }),
      { numRuns: 2000 },
    );
  });

  it('differ for thousands of objects whose readable parts are the same once cut', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `${'a'.repeat(60)}-${index}`);
    expect(new Set(names.map((name) => hostName('id', { kind: 'Pod', namespace: 'n', name }))).size).toBe(20_000);
  });

  it('tell apart names that differ only by where the dash stands', () => {
    const a = hostName('id', { kind: 'Pod', namespace: 'c', name: 'a-b' });
    const b = hostName('id', { kind: 'Pod', namespace: 'b-c', name: 'a' });
    expect(a).not.toBe(b);
  });

  it('start with the name and the namespace, so that an admin can read them', () => {
    expect(hostName('id', { kind: 'Pod', namespace: 'shop', name: 'web' })).toMatch(/^web-shop-[a-z2-7]{10}$/);
  });

  it('are the same on every call and differ by id and by kind', () => {
    const owner = { kind: 'Pod', namespace: 'shop', name: 'web' };
    expect(hostName('id', owner)).toBe(hostName('id', owner));
    expect(hostName('other', owner)).not.toBe(hostName('id', owner));
    expect(hostName('id', { ...owner, kind: 'Service' })).not.toBe(hostName('id', owner));
  });
});
