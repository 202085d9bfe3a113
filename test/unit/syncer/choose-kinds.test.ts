import { describe, expect, it } from 'vitest';
import { chooseKinds } from '../../../src/syncer/choose-kinds.ts';
import { optInKinds } from '../../../src/syncer/registry.ts';
import { plainRule } from '../../../src/syncer/sync-rules.ts';

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

  it('is any custom resource by its whole name, with the rule that there is for it', () => {
    const rules = new Map([
      ['plans.example.com', { ...plainRule, direction: 'toVirtual' as const, clusterScoped: true }],
    ]);
    const { kinds } = chooseKinds(['crd=widgets.example.com', 'crd=plans.example.com'], { rules });
    expect(kinds.map(({ rights }) => rights[0])).toEqual([
      { group: 'example.com', plural: 'widgets', verbs: 'write', clusterWide: false, needed: true },
      { group: 'example.com', plural: 'plans', verbs: 'read', clusterWide: true, needed: true },
    ]);
    expect(() => chooseKinds(['crd=widgets'])).toThrow('--sync is "crd=widgets"');
  });

  it('refuses a custom resource whose scope on the host is not that of its rule', () => {
    const [widgets] = chooseKinds(['crd=widgets.example.com']).kinds;
    const served = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', hasStatus: true };
    expect(() => widgets?.open({ ...served, namespaced: false })).toThrow(
      expect.objectContaining({
        code: 'SYNC_RULES_BROKEN',
        message: 'widgets.example.com is cluster-scoped on the host',
      }),
    );
  });

  it('has one name for each kind, and a right that the kind cannot do without', () => {
    expect(new Set(optInKinds.map(({ name }) => name)).size).toBe(optInKinds.length);
    for (const { rights } of optInKinds) expect(rights[0]).toMatchObject({ needed: true });
  });
});
