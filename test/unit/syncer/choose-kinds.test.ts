import { describe, expect, it } from 'vitest';
import { chooseKinds } from '../../../src/syncer/choose-kinds.ts';
import { optInKinds } from '../../../src/syncer/registry.ts';

describe('what --sync takes', () => {
  it('are the kinds that are off by default, and all of the kinds that cross when they are used', () => {
    const { all, kinds } = chooseKinds(['ingresses', 'secrets=all', 'networkpolicies', 'ingresses']);
    expect([...all]).toEqual(['secrets']);
    expect(kinds.map(({ name }) => name)).toEqual(['ingresses', 'networkpolicies']);
  });

  it.each([
    ['ingreses', 'Did you mean ingresses? It takes '],
    ['secrets', 'Did you mean secrets=all? It takes '],
    ['pods=all', 'It takes ingresses, '],
    ['deployments', 'It takes '],
  ])('is not %s', (word, hint) => {
    expect(() => chooseKinds([word])).toThrow(
      expect.objectContaining({
        code: 'FLAG_INVALID',
        message: `--sync is "${word}"`,
        hint: expect.stringContaining(hint),
      }),
    );
  });

  it('has one name for each kind, and a right that the kind cannot do without', () => {
    expect(new Set(optInKinds.map(({ name }) => name)).size).toBe(optInKinds.length);
    for (const { rights } of optInKinds) expect(rights[0]).toMatchObject({ needed: true });
  });
});
