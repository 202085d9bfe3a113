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
  if (files.length > 0) return fromFiles(files, context);
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
  const config = files.map(readConfig).reduce((merged, next) => {
    merged.mergeConfig(next, true);
    return merged;
  });
  const wanted = context ?? config.getCurrentContext();
  const found = config.getContexts().find(({ name }) => name === wanted);
  if (!found) {
    const names = config.getContexts().map(({ name }) => name);
    throw new K3vError('HOST_CONTEXT_UNKNOWN', `${source} has no context "${wanted}"`, {
      hint: names.length > 0 ? `Use --context with one of: ${names.join(', ')}.` : 'The file holds no contexts at all.',
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
  return { config, source, namespace: found.namespace };
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
