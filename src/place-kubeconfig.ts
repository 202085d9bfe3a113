import { resolve } from 'node:path';
import type { KubeconfigPlace } from './cli/kubeconfig-place.ts';
import { K3vError } from './errors.ts';
import { writtenKubeconfig } from './host/kubeconfig-files.ts';
import type { HostConfig } from './host/load-kubeconfig.ts';
import { refuseOwnKubeconfig } from './host/refuse-own-kubeconfig.ts';
import { type ClusterName, contextFor, nameOf } from './k3k/client/find-cluster.ts';
import { changeKubeconfig } from './k3k/client/kubeconfig-file.ts';
import { mergeKubeconfig } from './k3k/client/merge-kubeconfig.ts';
import type { HostCommandOptions } from './open-host-client.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** Throws HOST_CONFIG_OWN if a kubeconfig of a cluster would be written over that of the host. Added to it, it does no harm. */
export function refuseOwn({ to, merge }: KubeconfigPlace, host: HostConfig): void {
  if (to !== undefined && !merge) refuseOwnKubeconfig(host, resolve(to));
}

/**
 * Puts the kubeconfig `content` of a cluster, whose host is at the URL `host`, where it is to go, and resolves with what is to be said then: what was written and what to do with it, or the
 * kubeconfig itself. Rejects with FLAG_INVALID.
 */
export async function placeKubeconfig(
  { to, merge, use }: KubeconfigPlace,
  content: string,
  { target, host, env, signal }: { target: ClusterName; host: string } & Pick<HostCommandOptions, 'env' | 'signal'>,
): Promise<string> {
  if (merge) {
    const file = resolve(to ?? writtenKubeconfig(env));
    const name = contextFor(target);
    const owner = { host, cluster: nameOf(target) };
    await changeKubeconfig(file, (text) => mergeKubeconfig(text, content, { name, owner, use }), signal);
    const flag = to === undefined ? '' : ` --kubeconfig ${to}`;
    return `added context ${name} to ${file}\n  kubectl${flag} --context ${name} get namespaces\n`;
  }
  if (to === undefined) return content;
  const path = resolve(to);
  try {
    await writeFileAtomically(path, content);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new K3vError('FLAG_INVALID', `--to: ${path} cannot be written: ${error.message}`, {
      hint: 'Choose a path that this user may write.',
      cause: error,
    });
  }
  return `wrote ${path}\n`;
}
