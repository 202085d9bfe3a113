import { type KubeObject, joinKey } from '../kube/types.ts';

/** Where an API server makes its own Service, and makes it again when it has gone. */
export const apiServerService = { namespace: 'default', name: 'kubernetes' } as const;
export const apiServerServiceKey = joinKey(apiServerService.namespace, apiServerService.name);

/**
 * Whether the virtual Service `metadata` is the API server's own. Its host Service belongs to the virtual cluster, and not to the object: the address is in the API server's
 * certificate and in every pod, so it stays when a tenant deletes the object, or when the virtual cluster begins anew.
 */
export function isApiServerService({ namespace, name }: Pick<KubeObject['metadata'], 'namespace' | 'name'>): boolean {
  return namespace === apiServerService.namespace && name === apiServerService.name;
}
