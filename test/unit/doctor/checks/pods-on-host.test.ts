import { expect, it } from 'vitest';
import { podSecurityCheck } from '../../../../src/doctor/checks/pod-security.ts';
import { quotaCheck } from '../../../../src/doctor/checks/quota.ts';
import { NotTried } from '../../../../src/doctor/finding.ts';
import type { Isolation } from '../../../../src/isolations.ts';
import type { KubeClient } from '../../../../src/kube/client.ts';
import { refusing } from '../../../support/answering-client.ts';
import { doctorFacts, unhurried } from '../../../support/doctor-facts.ts';

const violates = (level: string) =>
  `pods "k3v-doctor" is forbidden: violates PodSecurity "${level}:latest": hostNetwork`;
const security = async (refusal: string | undefined, isolation: Isolation = 'baseline') => {
  const dryRuns: unknown[] = [];
  const create = (async (_resource: unknown, object: unknown, options: { dryRun?: boolean }) => {
    dryRuns.push(options.dryRun);
    return refusal === undefined ? object : await refusing(403, 'Forbidden', refusal)();
  }) as KubeClient['create'];
  const found = await podSecurityCheck.run(doctorFacts({ answers: { create }, config: { isolation } }), unhurried);
  expect(dryRuns).toEqual([true]);
  return found;
};

it.each([
  [undefined, 'none', 'ok', 'no standard'],
  [violates('baseline'), 'baseline', 'ok', '"baseline"'],
  [violates('baseline'), 'none', 'warn', '"baseline"'],
  [violates('restricted'), 'baseline', 'warn', '"restricted"'],
  [violates('restricted'), 'restricted', 'ok', '"restricted"'],
  ['exceeded quota: team, requested: pods=1', 'baseline', 'ok', 'no standard'],
] as const)('%j with --isolation %s is %s', async (refusal, isolation, status, words) => {
  expect(await security(refusal, isolation)).toMatchObject([{ status, what: expect.stringContaining(words) }]);
});

it('the standard is not known where a pod is refused for something else, or may not be made', async () => {
  await expect(security('no service account')).rejects.toThrow('no service account');
  const forbidden = doctorFacts({ forbidden: ['create pods'] });
  await expect(podSecurityCheck.run(forbidden, unhurried)).rejects.toBeInstanceOf(NotTried);
});

const quotaOf = async (lists: Record<string, object[]>, forbidden: string[] = []) => {
  const list = (async ({ plural }: { plural: string }) => ({
    resourceVersion: '1',
    continue: undefined,
    items: lists[plural] ?? [],
  })) as unknown as KubeClient['list'];
  return await quotaCheck.run(doctorFacts({ answers: { list }, forbidden }), unhurried);
};
const quota = (hard: Record<string, string>, used: Record<string, string>) => ({
  metadata: { name: 'team' },
  status: { hard, used },
});

it('a quota is told as it is used, and warned of when little is left', async () => {
  expect(await quotaOf({ resourcequotas: [quota({ cpu: '4', pods: '10' }, { cpu: '500m', pods: '3' })] })).toEqual([
    { status: 'ok', what: 'ResourceQuota team: cpu 500m of 4, pods 3 of 10' },
  ]);
  expect(await quotaOf({ resourcequotas: [quota({ cpu: '4', pods: '10' }, { cpu: '3900m' })] })).toMatchObject([
    { status: 'warn', what: 'ResourceQuota team is nearly used up: cpu 3900m of 4' },
  ]);
  expect(await quotaOf({ resourcequotas: [quota({ 'services.nodeports': '0' }, {})] })).toMatchObject([
    { status: 'warn', what: expect.stringContaining('services.nodeports 0 of 0') },
  ]);
});

it('limits are told; none is fine; and what may not be read is no failure', async () => {
  const limits = { metadata: { name: 'small' }, spec: { limits: [{ type: 'Container', max: { memory: '1Gi' } }] } };
  expect(await quotaOf({ limitranges: [limits] })).toEqual([
    { status: 'ok', what: 'LimitRange small: Container max memory 1Gi' },
  ]);
  expect(await quotaOf({})).toEqual([{ status: 'ok', what: 'namespace team has none' }]);
  expect(await quotaOf({ limitranges: [limits] }, ['list resourcequotas'])).toMatchObject([
    { status: 'ok' },
    { status: 'skip', what: 'the credentials may not list resourcequotas' },
  ]);
});
