import { expect, it, vi } from 'vitest';
import { createFacts } from '../../../src/doctor/facts.ts';
import { NotTried } from '../../../src/doctor/finding.ts';
import { K3vError } from '../../../src/errors.ts';
import type { HostConfig } from '../../../src/host/load-kubeconfig.ts';
import { parseKubeconfig } from '../../../src/kube/kubeconfig.ts';
import { doctorFacts } from '../../support/doctor-facts.ts';

const factsWith = (kubeconfig: () => HostConfig | undefined) => createFacts({ ...doctorFacts(), kubeconfig });

it('without a kubeconfig, or with one that is broken, nothing is tried on the host', async () => {
  const broken = factsWith(() => {
    throw new K3vError('HOST_CONFIG_BROKEN', 'it is no YAML');
  });
  for (const facts of [broken, factsWith(() => undefined)]) {
    await expect(facts.reach()).rejects.toBeInstanceOf(NotTried);
    await expect(facts.host()).rejects.toBeInstanceOf(NotTried);
    await expect(facts.rights()).rejects.toBeInstanceOf(NotTried);
    facts.close();
  }
});

it('a host that is away is told by the one check that is about it, and is asked once for all', async () => {
  const server = 'http://127.0.0.1:1';
  const config = parseKubeconfig(
    JSON.stringify({
      clusters: [{ name: 'host', cluster: { server } }],
      contexts: [{ name: 'host', context: { cluster: 'host', user: '' } }],
      'current-context': 'host',
    }),
  );
  const kubeconfig = vi.fn<() => HostConfig>(() => ({
    config,
    latest: () => config,
    source: 'file',
    namespace: undefined,
  }));
  const facts = factsWith(kubeconfig);
  await expect(facts.reach()).rejects.toMatchObject({ code: 'HOST_UNREACHABLE' });
  await expect(facts.host()).rejects.toBeInstanceOf(NotTried);
  await expect(facts.rights()).rejects.toBeInstanceOf(NotTried);
  expect(kubeconfig).toHaveBeenCalledTimes(1);
  facts.close();
});
