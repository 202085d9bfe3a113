import { expect, it } from 'vitest';
import { clockCheck } from '../../../../src/doctor/checks/clock.ts';
import { hostCheck } from '../../../../src/doctor/checks/host.ts';
import { namespaceCheck } from '../../../../src/doctor/checks/namespace.ts';
import { serviceRangeCheck } from '../../../../src/doctor/checks/service-range.ts';
import { versionsCheck } from '../../../../src/doctor/checks/versions.ts';
import { NotTried } from '../../../../src/doctor/finding.ts';
import type { KubeClient } from '../../../../src/kube/client.ts';
import { StatusError } from '../../../../src/kube/errors.ts';
import { refusing } from '../../../support/answering-client.ts';
import { type TestFacts, doctorFacts, unhurried } from '../../../support/doctor-facts.ts';

it('the host is told by its address and its version', async () => {
  expect(await hostCheck.run(doctorFacts(), unhurried)).toEqual([
    { status: 'ok', what: 'https://host.example:6443 answers: Kubernetes v1.36.3' },
  ]);
});

it.each([
  ['v1.36.3', {}, 'ok'],
  ['v1.34.0', {}, 'ok'],
  ['v1.33.9', {}, 'warn'],
  ['v1.33.9', { kubernetesVersion: '1.34' as const }, 'ok'],
  ['v1.39.0', {}, 'warn'],
  ['v1.39.0', { distro: 'k3s' as const }, 'warn'],
])('a host of %s goes with %j: %s', async (version, config, status) => {
  const [finding] = await versionsCheck.run(doctorFacts({ version, config }), unhurried);
  expect(finding).toMatchObject({ status, what: expect.stringContaining(`the host ${version}`) });
});

it('versions are not compared where no control plane can be chosen', async () => {
  const config = { distro: 'k3s', kubernetesVersion: '1.34' } as const;
  await expect(versionsCheck.run(doctorFacts({ config }), unhurried)).rejects.toBeInstanceOf(NotTried);
});

const clockOf = async (date: string | undefined) => {
  const raw = { stream: async () => ({ headers: { date }, destroy: () => undefined }) };
  return await clockCheck.run(doctorFacts({ answers: { raw } }), unhurried);
};

it.each([
  [0, 'ok', 'within 1 second'],
  [-60, 'warn', 'behind this one'],
  [60, 'warn', '60 seconds ahead of this one'],
  [-90_000, 'fail', 'certificates'],
])('a clock of the host that is %i seconds ahead', async (seconds, status, words) => {
  const date = new Date(Date.now() + seconds * 1_000).toUTCString();
  expect(await clockOf(date)).toMatchObject([{ status, what: expect.stringContaining(words) }]);
});

it('a host that does not tell the time is no failure', async () => {
  expect(await clockOf(undefined)).toMatchObject([{ status: 'skip' }]);
});

const namespaceOf = async (facts: TestFacts) => await namespaceCheck.run(doctorFacts(facts), unhurried);

it('the namespace is there, is going, is missing, or may not be read', async () => {
  const inPhase = (phase: string) => ({
    get: async () => ({ metadata: { name: 'team' }, status: { phase } }) as never,
  });
  expect(await namespaceOf({ answers: inPhase('Active') })).toEqual([{ status: 'ok', what: 'team is there' }]);
  expect(await namespaceOf({ answers: inPhase('Terminating') })).toMatchObject([{ status: 'fail' }]);
  await expect(namespaceOf({ answers: { get: refusing(404, 'NotFound') } })).rejects.toMatchObject({
    code: 'HOST_NAMESPACE_MISSING',
  });
  expect(await namespaceOf({ forbidden: ['get namespaces'] })).toMatchObject([{ status: 'skip' }]);
});

it('the range of Services is what the host says, or what it is told to be', async () => {
  const create = (async (_resource: unknown, { spec }: { spec: { clusterIP: string } }) => {
    const isOfFamily = !spec.clusterIP.includes(':');
    const message = isOfFamily ? 'The range of valid IPs is 10.96.0.0/16' : 'IPv6 is not configured';
    throw new StatusError(422, { message });
  }) as unknown as KubeClient['create'];
  const found = await serviceRangeCheck.run(doctorFacts({ answers: { create } }), unhurried);
  expect(found).toEqual([{ status: 'ok', what: '10.96.0.0/16, as the host says' }]);
  const given = doctorFacts({ config: { serviceCidr: '10.1.0.0/16' } });
  expect(await serviceRangeCheck.run(given, unhurried)).toMatchObject([{ what: '10.1.0.0/16, by --service-cidr' }]);
  const silent = doctorFacts({ answers: { create: async (_: unknown, object: unknown) => object as never } });
  await expect(serviceRangeCheck.run(silent, unhurried)).rejects.toMatchObject({ code: 'SERVICE_RANGE_UNKNOWN' });
  const forbidden = doctorFacts({ forbidden: ['create services'] });
  await expect(serviceRangeCheck.run(forbidden, unhurried)).rejects.toBeInstanceOf(NotTried);
});
