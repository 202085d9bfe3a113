import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import { K3vError } from '../errors.ts';

/** The host that k3v talks to, as its kubeconfig names it. */
export interface HostConfig {
  config: KubeConfig;
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
  const named = (kubeconfig ?? env['KUBECONFIG'])?.split(delimiter).filter(Boolean) ?? [];
  const standard = join(env['HOME'] ?? '/', '.kube', 'config');
  const files = named.length > 0 ? named : existsSync(standard) ? [standard] : [];
  // As in kubectl, of a list of files those that are not there are left out.
  const present = files.filter((file) => existsSync(file));
  if (files.length > 0) return fromFiles(present.length > 0 ? present : files, context);
  return env['KUBERNETES_SERVICE_HOST'] && existsSync(`${serviceAccountDir}/token`) ? inCluster() : undefined;
}

function inCluster(): HostConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  const file = `${serviceAccountDir}/namespace`;
  const namespace = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  return { config, source: 'in-cluster', namespace };
}

function fromFiles(files: string[], context: string | undefined): HostConfig {
  const source = files.join(delimiter);
  const config = merge(files.map(readConfig));
  const wanted = context ?? config.getCurrentContext();
  const found = config.getContexts().find(({ name }) => name === wanted);
  if (!found) {
    const names = config.getContexts().map(({ name }) => name);
    const message = wanted ? `${source} has no context "${wanted}"` : `${source} names no current context`;
    throw new K3vError('HOST_CONTEXT_UNKNOWN', message, {
      hint: names.length > 0 ? `Use --context with one of: ${names.join(', ')}.` : 'It holds no contexts at all.',
    });
  }
  config.setCurrentContext(wanted);
  if (!config.getCurrentCluster()?.server) {
    throw new K3vError(
      'HOST_CONFIG_BROKEN',
      `${source}: context "${wanted}" names the cluster "${found.cluster}", which has no server`,
      {
        hint: 'Add the cluster to the file.',
      },
    );
  }
  if (found.user && !config.getCurrentUser()) {
    throw new K3vError('HOST_CONFIG_BROKEN', `${source}: context "${wanted}" names the user "${found.user}"`, {
      hint: 'Add the user to the file; it has none of that name.',
    });
  }
  return { config, source, namespace: found.namespace };
}

/** Returns all of `configs` as one. As in kubectl, the first to hold a name or a current context wins. */
function merge(configs: KubeConfig[]): KubeConfig {
  const firsts = <T extends { name: string }>(lists: T[][]): T[] => {
    const byName = new Map<string, T>();
    for (const each of lists.flat()) if (!byName.has(each.name)) byName.set(each.name, each);
    return [...byName.values()];
  };
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: firsts(configs.map((each) => each.getClusters())),
    users: firsts(configs.map((each) => each.getUsers())),
    contexts: firsts(configs.map((each) => each.getContexts())),
    currentContext: configs.map((each) => each.getCurrentContext()).find(Boolean) ?? '',
  });
  return merged;
}

function readConfig(file: string): KubeConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new K3vError('HOST_CONFIG_MISSING', `the kubeconfig ${file} cannot be read`, {
      hint: 'Give the path of the host kubeconfig with --kubeconfig.',
      cause: error,
    });
  }
  const config = new KubeConfig();
  try {
    const content: unknown = parse(text);
    if (typeof content !== 'object' || content === null || !('clusters' in content))
      throw new Error('it has no clusters');
    config.loadFromFile(file);
  } catch (error) {
    throw new K3vError('HOST_CONFIG_BROKEN', `the kubeconfig ${file} is not valid: ${String(error).split('\n')[0]}`, {
      hint: `Check it with: kubectl --kubeconfig ${file} config view`,
      cause: error,
    });
  }
  return config;
}
