import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { ifFound } from '../kube/errors.ts';
import { resources } from '../kube/types.ts';
import type { OwnRights } from './own-rights.ts';

/** Rejects with HOST_NAMESPACE_MISSING if the host has no `namespace`. One that the credentials may not read is taken to exist. */
export async function requireNamespace(client: KubeClient, namespace: string, own: OwnRights): Promise<void> {
  const resource = resources.namespaces;
  const { group, plural } = resource;
  // An API server counts the namespace itself among what is in it.
  if (!(await own({ group, plural, name: namespace, verb: 'get', namespace }))) return;
  if (await ifFound(client.get({ resource, name: namespace }))) return;
  throw new K3vError('HOST_NAMESPACE_MISSING', `the host has no namespace "${namespace}"`, {
    hint: `Create it (kubectl create namespace ${namespace}) or choose another with --namespace.`,
  });
}
