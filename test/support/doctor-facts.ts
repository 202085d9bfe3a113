import { readConfig } from '../../src/cli/config.ts';
import type { Facts, ReachedHost } from '../../src/doctor/facts.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { StreamingKubeClient } from '../../src/kube/rest-client.ts';
import { answeringClient } from './answering-client.ts';

/** What a check of `k3v doctor` looks at, in a test: a host that answers with `answers`, on which all may be done but `forbidden` (`create pods`). */
export interface TestFacts extends Partial<Omit<Facts, 'config'>> {
  config?: Partial<Facts['config']>;
  answers?: Partial<KubeClient> & { raw?: object };
  version?: string;
  forbidden?: string[];
}

/** Returns facts about the namespace `team` of a host of Kubernetes 1.36; the data directory is `/nowhere/data`. */
export function doctorFacts({
  config,
  answers = {},
  version = 'v1.36.3',
  forbidden = [],
  ...more
}: TestFacts = {}): Facts {
  const client = answeringClient(answers) as StreamingKubeClient;
  const reach = async (): Promise<ReachedHost> => ({ client, namespace: 'team', version });
  return {
    config: { ...readConfig({}, {}), ...config },
    sync: { all: new Set(), kinds: [] },
    dataDir: '/nowhere/data',
    cacheDir: '/nowhere/cache',
    probeImage: undefined,
    kubeconfig: () => undefined,
    reach,
    host: reach,
    rights:
      async () =>
      async ({ verb, plural, subresource }) =>
        !forbidden.includes(`${verb} ${subresource === undefined ? plural : `${plural}/${subresource}`}`),
    close: () => undefined,
    ...more,
  };
}

/** The signal of a check that is given all the time it takes. */
export const unhurried = new AbortController().signal;
