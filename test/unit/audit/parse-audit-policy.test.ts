import { describe, expect, test } from 'vitest';
import { plainAuditPolicy } from '../../../src/audit/audit-log.ts';
import { parseAuditPolicy } from '../../../src/audit/parse-audit-policy.ts';

const head = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy' };
const rules = [{ level: 'Metadata' }];

describe('an audit policy is taken', () => {
  test.each([
    ['that has one rule for all', { ...head, rules }],
    [
      'that has all there is',
      {
        ...head,
        metadata: { name: 'mine' },
        omitStages: ['RequestReceived', 'Panic'],
        omitManagedFields: true,
        rules: [
          { level: 'None', nonResourceURLs: ['*', '/healthz*', '/version'], users: ['a'], userGroups: ['b'] },
          {
            level: 'RequestResponse',
            verbs: ['get'],
            namespaces: ['', 'shop'],
            omitManagedFields: false,
            omitStages: ['ResponseStarted', 'ResponseComplete'],
            resources: [
              { group: '', resources: ['pods', 'pods/log', '*/scale'], resourceNames: ['web'] },
              { group: 'apps' },
            ],
          },
          { level: 'Request', resources: [{ group: 'rbac.authorization.k8s.io' }, { group: '*' }] },
        ],
      },
    ],
    ['that leaves a value open', { ...head, rules: [{ level: 'Metadata', users: null }], omitStages: null }],
  ])('%s', (_what, policy) => {
    const parsed = parseAuditPolicy(policy);
    expect(JSON.parse('policy' in parsed ? parsed.policy : '')).toEqual(policy);
  });

  test('that k3v has built in', () => {
    expect(parseAuditPolicy(JSON.parse(plainAuditPolicy))).toEqual({ policy: plainAuditPolicy });
  });
});

test('the policy that is built in asks for no body of anything', () => {
  expect(plainAuditPolicy).not.toMatch(/"level":"Request/);
  expect(plainAuditPolicy).toContain('"level":"Metadata"');
});

describe('of an audit policy it is told what is wrong:', () => {
  const rule = (more: object) => ({ ...head, rules: [...rules, { level: 'Metadata', ...more }] });
  test.each<[string, unknown]>([
    ['it is "text", not a map', 'text'],
    ['it is [], not a map', []],
    ['apiVersion is missing', {}],
    ['apiVersion is "audit.k8s.io/v1beta1", not "audit.k8s.io/v1"', { ...head, apiVersion: 'audit.k8s.io/v1beta1' }],
    ['kind is "Role", not "Policy"', { ...head, kind: 'Role', rules }],
    ['it has no rules', head],
    ['it has no rules', { ...head, rules: [] }],
    ['rules is {}, not a list', { ...head, rules: {} }],
    [
      'it has "rule", but may have apiVersion, kind, metadata, rules, omitStages, omitManagedFields',
      { ...head, rule: [] },
    ],
    ['rules[0].level is missing', { ...head, rules: [{}] }],
    ['rules[1].level is "All", not one of None, Metadata, Request, RequestResponse', rule({ level: 'All' })],
    ['rules[1] has "ressources", but may have level, users, ', rule({ ressources: [] })],
    ['rules[1].users is "a", not a list', rule({ users: 'a' })],
    ['rules[1].verbs is 1, not a list of words', rule({ verbs: [1] })],
    ['rules[1].omitStages is "End", not one of RequestReceived, ', rule({ omitStages: ['End'] })],
    ['omitStages is "End", not one of RequestReceived, ', { ...head, rules, omitStages: ['End'] }],
    ['omitManagedFields is "no", not true or false', { ...head, rules, omitManagedFields: 'no' }],
    ['rules[1].nonResourceURLs is "healthz", not a path ', rule({ nonResourceURLs: ['healthz'] })],
    ['rules[1].nonResourceURLs is "/a*b", not a path ', rule({ nonResourceURLs: ['/a*b'] })],
    ['rules[1] names both nonResourceURLs and resources', rule({ nonResourceURLs: ['/a'], namespaces: ['b'] })],
    ['rules[1].resources is "pods", not a list', rule({ resources: 'pods' })],
    ['rules[1].resources[0] is "pods", not a map', rule({ resources: ['pods'] })],
    ['rules[1].resources[0].group is "apps/v1", not the name of', rule({ resources: [{ group: 'apps/v1' }] })],
    ['rules[1].resources[0] has resourceNames without resources', rule({ resources: [{ resourceNames: ['a'] }] })],
  ])('%s', (wrong, policy) => {
    expect(parseAuditPolicy(policy)).toEqual({ wrong: expect.stringContaining(wrong) });
  });
});
