import { expect, it } from 'vitest';
import { advertiseAddressCheck } from '../../../../src/doctor/checks/advertise-address.ts';
import { dnsCheck } from '../../../../src/doctor/checks/dns.ts';
import { NotTried } from '../../../../src/doctor/finding.ts';
import type { KubeClient } from '../../../../src/kube/client.ts';
import { StatusError } from '../../../../src/kube/errors.ts';
import { createTranslator } from '../../../../src/translate/translator.ts';
import { type TestFacts, doctorFacts, unhurried } from '../../../support/doctor-facts.ts';

it.each([
  ['127.0.0.1', 'warn', 'leads them to themselves'],
  ['::1', 'warn', 'leads them to themselves'],
  ['192.0.2.77', 'ok', 'not of this machine'],
])('%s as the address of the API server is %s', async (advertiseAddress, status, words) => {
  const found = await advertiseAddressCheck.run(doctorFacts({ config: { advertiseAddress } }), unhurried);
  expect(found).toMatchObject([{ status, what: expect.stringContaining(words) }]);
});

const serviceName = createTranslator({ id: 'default', hostNamespace: 'team' }).hostName(
  'Service',
  'kube-system',
  'kube-dns',
);
const dnsOf = async (objects: Record<string, object>, facts: TestFacts = {}) => {
  const get = (async ({ resource: { plural }, name }: { resource: { plural: string }; name: string }) => {
    const found = name === serviceName ? objects[plural] : undefined;
    if (found) return found;
    throw new StatusError(404, {});
  }) as unknown as KubeClient['get'];
  return await dnsCheck.run(doctorFacts({ answers: { get }, ...facts }), unhurried);
};
// Nothing answers there: TEST-NET-1 of RFC 5737 stays out, as that would take the whole time of a dial.
const service = { spec: { clusterIP: '127.0.0.1' } };

it('cluster DNS is to come, is left out, has no pod, or is up', async () => {
  expect(await dnsOf({})).toMatchObject([{ status: 'ok', what: expect.stringContaining('k3v will run') }]);
  expect(await dnsOf({}, { config: { disable: ['coredns'] } })).toMatchObject([{ status: 'warn' }]);
  expect(await dnsOf({ services: service })).toMatchObject([
    { status: 'warn', what: expect.stringContaining('no pod that is ready') },
  ]);
  const endpoints = { subsets: [{ addresses: [{ ip: '10.1.0.7' }] }] };
  expect(await dnsOf({ services: service, endpoints })).toMatchObject([
    { status: 'ok', what: expect.stringContaining('127.0.0.1 on the host and 1 ready pod(s)') },
  ]);
});

it('is not looked for where the credentials may not', async () => {
  await expect(dnsOf({}, { forbidden: ['get services'] })).rejects.toBeInstanceOf(NotTried);
  expect(await dnsOf({ services: service }, { forbidden: ['get endpoints'] })).toMatchObject([{ status: 'skip' }]);
});
