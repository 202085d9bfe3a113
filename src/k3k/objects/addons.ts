import { type Secret, joinKey, resources } from '../../kube/types.ts';
import type { ClusterContext, ObjectsOf } from '../cluster-context.ts';
import { owned, typed } from './owned.ts';

/** Label of a Secret that clusters of other namespaces may have as an add-on: whoever may make a Cluster would else read every Secret of the host by it. */
export const addonLabel = 'k3k.io/addon';

/** A Secret of manifests, as the servers have it. */
export interface Addon {
  /** Where it comes from: `namespace/name`. */
  source: string;
  /** Name of the Secret in the namespace of the cluster. */
  secret: string;
  /** What the folder of its manifests is called. */
  folder: string;
  isCopied: boolean;
}

/** Returns the add-ons that the Cluster names, in its order. */
export function addonsOf({ cluster, spec }: Pick<ClusterContext, 'cluster' | 'spec'>): Addon[] {
  const { name, namespace = '' } = cluster.metadata;
  return (spec.addons ?? []).map(({ secretRef, secretNamespace = namespace }) => {
    const isCopied = secretNamespace !== namespace;
    const secret = isCopied ? `k3k-${name}-addon-${secretNamespace}-${secretRef}` : secretRef;
    return { source: joinKey(secretNamespace, secretRef), secret, folder: secretRef, isCopied };
  });
}

/** Copies of the add-ons that lie in other namespaces: pods mount Secrets of their own. */
export const addonCopies: ObjectsOf = (context) =>
  addonsOf(context).flatMap(({ source, secret, isCopied }): Secret[] => {
    const found = context.secrets.get(source);
    if (!isCopied || !found) return [];
    const metadata = owned(context.cluster, secret);
    return [{ ...typed(resources.secrets), metadata, type: 'Opaque', data: found.data ?? {} }];
  });
