import { K3vError } from '../../errors.ts';
import type { KubeClient } from '../../kube/client.ts';
import { delay } from '../../kube/delay.ts';
import { ifFound, isAlreadyExists } from '../../kube/errors.ts';
import { type Namespace, resources } from '../../kube/types.ts';
import { namespaceOfLabel, policyLabel } from '../names.ts';
import type { ClusterName } from './find-cluster.ts';

const everyMs = 500;
const patienceMs = 60_000;

/** Returns whether the namespace of a cluster is made for it and goes with it: that which the CLI gives it. */
export function hasOwnNamespace({ namespace, name }: ClusterName): boolean {
  return namespace === `k3k-${name}`;
}

/**
 * Makes the namespace of a cluster if it is not there, bound to `policy` if there is one, and resolves with whether it was made. One that goes is waited for. Rejects with
 * CLUSTER_REFUSED if it is bound to another policy, or goes on going.
 */
export async function makeNamespace(
  client: KubeClient,
  target: ClusterName,
  { policy, signal }: { policy: string | undefined; signal: AbortSignal },
): Promise<boolean> {
  const { namespace: name } = target;
  const ref = { resource: resources.namespaces, name };
  const deadline = AbortSignal.timeout(patienceMs);
  for (;;) {
    signal.throwIfAborted();
    const found = await ifFound(client.get<Namespace>(ref, { signal }));
    if (!found) {
      const labels = {
        ...(hasOwnNamespace(target) ? { [namespaceOfLabel]: target.name } : {}),
        ...(policy === undefined ? {} : { [policyLabel]: policy }),
      };
      try {
        const wanted: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
        await client.create<Namespace>(resources.namespaces, wanted);
        return true;
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
    } else if (!found.metadata.deletionTimestamp) {
      if (policy !== undefined) await bindNamespace(client, found, policy, { overwrite: false });
      return false;
    } else if (deadline.aborted) {
      throw new K3vError('CLUSTER_REFUSED', `namespace ${name} is being deleted, and is not gone after a minute`, {
        hint: `kubectl get namespace ${name} -o yaml says what it waits for.`,
      });
    } else await delay(everyMs, signal);
  }
}

/** Binds `namespace` to `policy`. Rejects with CLUSTER_REFUSED if it is bound to another one, unless that is to be overwritten. */
export async function bindNamespace(
  client: KubeClient,
  { metadata: { name, labels = {} } }: Namespace,
  policy: string,
  { overwrite }: { overwrite: boolean },
): Promise<void> {
  const bound = labels[policyLabel];
  if (bound === policy) return;
  if (bound !== undefined && !overwrite) {
    throw new K3vError('CLUSTER_REFUSED', `namespace ${name} is bound to the policy ${bound}`, {
      hint: `kubectl label namespace ${name} ${policyLabel}=${policy} --overwrite binds it to the other one.`,
    });
  }
  const ref = { resource: resources.namespaces, name };
  await client.patch<Namespace>(ref, 'merge', { metadata: { labels: { [policyLabel]: policy } } });
}
