import { expect, it } from 'vitest';
import { createAuthority } from '../../../../src/control-plane/certificates.ts';
import { kubeconfigCheck } from '../../../../src/doctor/checks/kubeconfig.ts';
import { K3vError } from '../../../../src/errors.ts';
import type { HostConfig } from '../../../../src/host/load-kubeconfig.ts';
import { parseKubeconfig } from '../../../../src/kube/kubeconfig.ts';
import { doctorFacts, unhurried } from '../../../support/doctor-facts.ts';

function configWith(user: object): HostConfig {
  const config = parseKubeconfig(
    JSON.stringify({
      clusters: [{ name: 'host', cluster: { server: 'https://host.example:6443' } }],
      users: [{ name: 'k3v', user }],
      contexts: [{ name: 'blue', context: { cluster: 'host', user: 'k3v' } }],
      'current-context': 'blue',
    }),
  );
  return { config, latest: () => config, source: 'host.yaml', namespace: undefined };
}
const found = async (kubeconfig: () => HostConfig | undefined, host: 'auto' | 'embedded' = 'auto') =>
  await kubeconfigCheck.run(doctorFacts({ kubeconfig, config: { host } }), unhurried);

it('is told by its file, its context and the server', async () => {
  expect(await found(() => configWith({ token: 'x' }))).toEqual([
    { status: 'ok', what: 'host.yaml, context blue: https://host.example:6443' },
  ]);
});

it('there is none: k3v would start a host of its own, which is worth a word unless it was asked for', async () => {
  expect(await found(() => undefined)).toMatchObject([
    { status: 'warn', todo: expect.stringContaining('--kubeconfig') },
  ]);
  expect(await found(() => undefined, 'embedded')).toMatchObject([{ status: 'ok' }]);
});

it('that is broken is told in its own words', async () => {
  const broken = () => {
    throw new K3vError('HOST_CONFIG_BROKEN', 'it is no YAML');
  };
  await expect(found(broken)).rejects.toMatchObject({ code: 'HOST_CONFIG_BROKEN' });
});

async function withCertificateFor(days: number) {
  const authority = await createAuthority('ca', new Date(Date.now() - 90 * 86_400_000));
  const request = { commonName: 'me', usages: ['client' as const], days: 60 };
  const { certPem } = await authority.issue(request, new Date(Date.now() + (days - 60) * 86_400_000));
  const data = Buffer.from(certPem).toString('base64');
  return await found(() => configWith({ 'client-certificate-data': data }));
}

it.each([
  [-1, 'fail', 'ended at'],
  [3, 'warn', 'ends at'],
])('a client certificate that has %i days left', async (days, status, words) => {
  expect((await withCertificateFor(days))[1]).toMatchObject({ status, what: expect.stringContaining(words) });
});

it('a client certificate that is good for long is not worth a word', async () => {
  expect(await withCertificateFor(30)).toMatchObject([{ status: 'ok' }]);
});
