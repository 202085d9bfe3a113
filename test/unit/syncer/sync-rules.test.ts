import { describe, expect, it } from 'vitest';
import { plainRule, readSyncRules } from '../../../src/syncer/sync-rules.ts';

const name = 'certificates.cert-manager.io';
const rule = (value: unknown) => readSyncRules({ [name]: value }, 'rules.yaml').get(name);

describe('the rules for custom resources', () => {
  it('say what is referred to, which way objects go, and what the host does not get', () => {
    expect(
      rule({
        references: [
          { path: 'spec.secretName', kind: 'Secret', output: true },
          { path: 'spec.issuerRef.name', kind: 'Issuer', when: { 'spec.issuerRef.kind': ['Issuer', null] } },
          { path: ['metadata', 'annotations', 'x.io/y'], kind: 'Secret', when: { 'spec.a': 1 } },
        ],
        selectors: ['spec.selector'],
        leaveOut: ['spec.node'],
        keepLabels: ['release'],
      }),
    ).toEqual({
      ...plainRule,
      references: [
        { path: ['spec', 'secretName'], kind: 'Secret', output: true, when: [] },
        {
          path: ['spec', 'issuerRef', 'name'],
          kind: 'Issuer',
          output: false,
          when: [{ path: ['spec', 'issuerRef', 'kind'], values: ['Issuer', null] }],
        },
        {
          path: ['metadata', 'annotations', 'x.io/y'],
          kind: 'Secret',
          output: false,
          when: [{ path: ['spec', 'a'], values: [1] }],
        },
      ],
      selectors: [['spec', 'selector']],
      leaveOut: [['spec', 'node']],
      keepLabels: ['release'],
    });
    expect(rule({})).toEqual(plainRule);
    expect(rule({ direction: 'toVirtual', clusterScoped: true })).toMatchObject({ clusterScoped: true });
  });

  it.each<[unknown, string]>([
    [null, `${name} is null, not a map`],
    [{ refs: [] }, `${name} has "refs"; it takes direction, clusterScoped`],
    [{ direction: 'both' }, `${name}.direction is "both", not toHost or toVirtual`],
    [{ clusterScoped: 'yes' }, `${name}.clusterScoped is "yes", not true or false`],
    [{ references: {} }, `${name}.references is {}, not a list`],
    [{ references: [{ kind: 'Secret' }] }, `${name}.references[0].path is missing`],
    [{ references: [{ path: 'spec.a', kind: 7 }] }, `${name}.references[0].kind is 7, not a word`],
    [{ references: [{ path: 'spec.a', kind: 'Issuer', output: true }] }, 'only a Secret or a ConfigMap can come back'],
    [{ selectors: ['spec..x'] }, `${name}.selectors[0] is "spec..x", not a path such as spec.tls[].secretName`],
  ])('%j is refused with the place where it stands', (value, message) => {
    expect(() => rule(value)).toThrow(
      expect.objectContaining({ code: 'SYNC_RULES_BROKEN', message: expect.stringContaining(message) }),
    );
  });

  it.each<[unknown, string]>([
    [[], 'the file is [], not a map'],
    [{ certificates: {} }, '"certificates" is not <plural>.<group>'],
  ])('the file %j is refused', (content, message) => {
    expect(() => readSyncRules(content, 'rules.yaml')).toThrow(`the --sync-rules file rules.yaml: ${message}`);
  });
});
