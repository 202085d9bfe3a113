import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { K3vError } from '../errors.ts';
import { hostAndPort } from '../kube/host-and-port.ts';
import { type Kubeconfig, currentOf, parseKubeconfig } from '../kube/kubeconfig.ts';
import { kubeconfigsIn, standardKubeconfig } from './kubeconfig-files.ts';
import { latestKubeconfig } from './latest-kubeconfig.ts';

/** The host that k3v talks to, as its kubeconfig names it. */
export interface HostConfig {
  config: Kubeconfig;
  /** Returns it as it is now; see `latestKubeconfig`. */
  latest: () => Kubeconfig;
  /** Where it came from: the files, or `in-cluster`. */
  source: string;
  /** The context's namespace, or the service account's; undefined if none is named. */
  namespace: string | undefined;
}

const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Returns the host's configuration from `--kubeconfig`, else `KUBECONFIG`, else `~/.kube/config`, else the pod's service
 * account; undefined if there is none of them. Throws HOST_CONFIG_MISSING, HOST_CONFIG_BROKEN, HOST_CONTEXT_UNKNOWN.
 */
export function loadKubeconfig({
  kubeconfig,
  context,
  env,
}: {
  kubeconfig: string | undefined;
  context: string | undefined;
  env: Record<string, string | undefined>;
}): HostConfig | undefined {
  const named = kubeconfigsIn(kubeconfig ?? env['KUBECONFIG']);
  const standard = standardKubeconfig(env);
  const files = named.length > 0 ? named : existsSync(standard) ? [standard] : [];
  // As in kubectl, of a list of files those that are not there are left out.
  const present = files.filter((file) => existsSync(file));
  if (files.length > 0) return fromFiles(present.length > 0 ? present : files, context);
  const address = env['KUBERNETES_SERVICE_HOST'];
  if (!address || !existsSync(`${serviceAccountDir}/token`)) return undefined;
  return inCluster(address, env['KUBERNETES_SERVICE_PORT'] ?? '443');
}

/** Returns what `loadKubeconfig` does; where it finds nothing, rejects with K3vError `HOST_CONFIG_MISSING` and `hint`, what to do. */
export function needKubeconfig(given: Parameters<typeof loadKubeconfig>[0], hint: string): HostConfig {
  const host = loadKubeconfig(given);
  if (!host) throw noKubeconfig(hint);
  return host;
}

/** Returns that error. */
export function noKubeconfig(hint: string): K3vError {
  return new K3vError('HOST_CONFIG_MISSING', 'no kubeconfig of a host was given or found', { hint });
}

/** The account of the pod that k3v runs in. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
function inCluster(address: string, port: string): HostConfig {
  const name = 'in-cluster';
  const server = `https://${hostAndPort(address, port)}`;
  const provider = { name: 'tokenFile', config: { tokenFile: `${serviceAccountDir}/token` } };
  const file = `${serviceAccountDir}/namespace`;
  const namespace = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  const config = {
    clusters: [{ name, server, caFile: `${serviceAccountDir}/ca.crt`, skipTLSVerify: false }],
    users: [{ name, authProvider: provider }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  };
  return { config, latest: () => config, source: name, namespace };
}

function fromFiles(files: string[], context: string | undefined): HostConfig {
  const source = files.join(delimiter);
  const merged = merge(files.map(readConfig));
  const wanted = context ?? merged.currentContext;
  const config = { ...merged, currentContext: wanted };
  const { context: found, cluster, user } = currentOf(config);
  if (!found) {
    const names = config.contexts.map(({ name }) => name);
    const message = wanted ? `${source} has no context "${wanted}"` : `${source} names no current context`;
    throw new K3vError('HOST_CONTEXT_UNKNOWN', message, {
      hint: names.length > 0 ? `Use --context with one of: ${names.join(', ')}.` : 'It holds no contexts at all.',
    });
  }
  if (!cluster?.server) {
    throw new K3vError(
      'HOST_CONFIG_BROKEN',
      `${source}: context "${wanted}" names the cluster "${found.cluster}", which has no server`,
      {
        hint: 'Add the cluster to the file.',
      },
    );
  }
  if (found.user && !user) {
    throw new K3vError('HOST_CONFIG_BROKEN', `${source}: context "${wanted}" names the user "${found.user}"`, {
      hint: 'Add the user to the file; it has none of that name.',
    });
  }
  // The context stays, even if another one has become the files' current one.
  const latest = latestKubeconfig(config, () => fromFiles(files, wanted).config);
  return { config, latest, source, namespace: found.namespace };
}

/** Returns all of `configs` as one. As in kubectl, the first to hold a name or a current context wins. */
function merge(configs: Kubeconfig[]): Kubeconfig {
  const firsts = <T extends { name: string }>(lists: T[][]): T[] => {
    const byName = new Map<string, T>();
    for (const each of lists.flat()) if (!byName.has(each.name)) byName.set(each.name, each);
    return [...byName.values()];
  };
  return {
    clusters: firsts(configs.map(({ clusters }) => clusters)),
    users: firsts(configs.map(({ users }) => users)),
    contexts: firsts(configs.map(({ contexts }) => contexts)),
    currentContext: configs.map(({ currentContext }) => currentContext).find(Boolean) ?? '',
  };
}

function readConfig(file: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new K3vError('HOST_CONFIG_MISSING', `the kubeconfig ${file} cannot be read`, {
      hint: 'Give the path of the host kubeconfig with --kubeconfig.',
      cause: error,
    });
  }
  try {
    return parseKubeconfig(text, dirname(file));
  } catch (error) {
    throw new K3vError('HOST_CONFIG_BROKEN', `the kubeconfig ${file} is not valid: ${String(error).split('\n')[0]}`, {
      hint: `Check it with: kubectl --kubeconfig ${file} config view`,
      cause: error,
    });
  }
}
