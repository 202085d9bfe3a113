import type { Bundle } from '../bundle/bundle.ts';
import type { Config } from '../cli/config.ts';
import { checkHost } from '../host/check-host.ts';
import type { HostConfig } from '../host/load-kubeconfig.ts';
import { type OwnRights, askOwnRights } from '../host/own-rights.ts';
import { K3vError } from '../errors.ts';
import { clientFromKubeConfig } from '../kube/client-from-kubeconfig.ts';
import type { StreamingKubeClient } from '../kube/rest-client.ts';
import type { ChosenKinds } from '../syncer/choose-kinds.ts';
import { NotTried } from './finding.ts';
import { userAgent } from '../version.ts';

/** Shorter than what a check may take, so that each says what it waited for. */
const hostTimeoutMs = 10_000;

/** The host, once it has answered. */
export interface ReachedHost {
  client: StreamingKubeClient;
  namespace: string;
  /** For example `v1.36.3`. */
  version: string;
}

/** What the checks look at; what takes a request is asked once for all of them. */
export interface Facts {
  config: Config;
  /** What `config.sync` asks for. */
  sync: ChosenKinds;
  /** Absolute. */
  dataDir: string;
  cacheDir: string;
  /** What the packaged k3v carries. */
  bundle?: Bundle | undefined;
  /** The image of the pod that may be made on the host; undefined: none may. */
  probeImage: string | undefined;
  /** Returns the kubeconfig; undefined where k3v would start a host of its own. Throws as `loadKubeconfig` does. */
  kubeconfig: () => HostConfig | undefined;
  /** Resolves once the host has answered; rejects as `checkHost` does, with HOST_UNREACHABLE also after 10 s, and with NotTried where there is no kubeconfig. */
  reach: () => Promise<ReachedHost>;
  /** As `reach`, for all checks but the one that speaks of that: rejects with NotTried. */
  host: () => Promise<ReachedHost>;
  /** What the credentials may do in the host namespace. */
  rights: () => Promise<OwnRights>;
  close: () => void;
}

/** Returns the facts; nothing is asked before it is needed. */
export function createFacts(
  given: Pick<Facts, 'config' | 'sync' | 'dataDir' | 'cacheDir' | 'bundle' | 'probeImage' | 'kubeconfig'>,
): Facts {
  const { config, kubeconfig } = given;
  let client: StreamingKubeClient | undefined;
  const connect = async (): Promise<ReachedHost> => {
    const found = kubeconfigOrNothing(kubeconfig);
    client = clientFromKubeConfig(found.config, { latest: found.latest, userAgent });
    const version = await inTime(checkHost(client), client.server);
    return { client, version, namespace: config.namespace ?? found.namespace ?? 'default' };
  };
  const reach = once(connect);
  const host = async () =>
    await reach().catch((error: unknown) => {
      if (error instanceof K3vError) throw new NotTried('the host could not be asked');
      throw error;
    });
  const rights = once(async () => {
    const { client: reached, namespace } = await host();
    return await askOwnRights(reached, namespace);
  });
  return { ...given, reach, host, rights, close: () => client?.close() };
}

function kubeconfigOrNothing(kubeconfig: Facts['kubeconfig']): HostConfig {
  let found: HostConfig | undefined;
  try {
    found = kubeconfig();
  } catch (error) {
    throw new NotTried('there is no kubeconfig to go by', { cause: error });
  }
  if (found) return found;
  throw new NotTried('k3v would start a throw-away host');
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return async () => await (asked ??= ask());
}

async function inTime<T>(answer: Promise<T>, server: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = hostTimeoutMs / 1_000;
    const hint = 'Check the address in the kubeconfig, the network, and that the cluster is up.';
    timer = setTimeout(
      () => reject(new K3vError('HOST_UNREACHABLE', `${server} does not answer within ${seconds} seconds`, { hint })),
      hostTimeoutMs,
    );
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
