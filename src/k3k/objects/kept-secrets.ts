import { kubeconfigOf } from '../../host/kubeconfig-secret.ts';
import { type Secret, resources } from '../../kube/types.ts';
import type { ClusterContext, ObjectsOf } from '../cluster-context.ts';
import { namesOf } from '../names.ts';
import { owned, typed } from './owned.ts';

/**
 * The Secrets whose content others write once: the servers the tenant's kubeconfig, the controller the token, unless the Cluster names one. They are there
 * from the beginning, so that they go with the Cluster.
 */
export const keptSecrets: ObjectsOf = (context) => {
  const { cluster, spec } = context;
  const { name } = cluster.metadata;
  const names = namesOf(name);
  return [
    kept(context, names.kubeconfig, { [kubeconfigOf]: name }),
    ...(spec.tokenSecretRef?.name === undefined ? [kept(context, names.token)] : []),
  ];
};

function kept({ cluster }: ClusterContext, name: string, labels?: Record<string, string>): Secret {
  return {
    ...typed(resources.secrets),
    metadata: owned(cluster, name, { labels }),
    type: 'Opaque',
  };
}
