import { contentHash } from '../content-hash.ts';
import { apiVersionOf, type KubeObject, type Resource, resources } from '../kube/types.ts';
import { policyManagedLabel } from './names.ts';
import { k3kResources, type VirtualClusterPolicy } from './types.ts';

/** Annotation of what was made for a policy: a hash of what was asked for, so that what a policy no longer says is seen. */
const askedAnnotation = 'policy.k3k.io/asked';

/** Kinds of which a policy may have one object in each of its namespaces. */
export const policyKinds = [resources.resourceQuotas, resources.limitRanges] as const satisfies Resource[];

export interface PolicyObject extends KubeObject {
  spec?: object | undefined;
}

/** Returns the object of `resource` that `policy` wants in `namespace`, if it wants one. It goes with the policy even if no controller runs. */
export function policyObject(
  policy: VirtualClusterPolicy,
  resource: (typeof policyKinds)[number],
  namespace: string,
): PolicyObject | undefined {
  const spec = resource === resources.resourceQuotas ? policy.spec.quota : policy.spec.limit;
  if (!spec) return undefined;
  const { name, uid = '' } = policy.metadata;
  const { kind } = k3kResources.policies;
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    metadata: {
      name: policyObjectName(name),
      namespace,
      labels: { [policyManagedLabel]: name },
      annotations: { [askedAnnotation]: contentHash(spec) },
      ownerReferences: [{ apiVersion: apiVersionOf(k3kResources.policies), kind, name, uid, controller: true }],
    },
    spec,
  };
}

/** Returns the name of what is made for the policy `name`. */
export function policyObjectName(name: string): string {
  return `k3k-${name}`;
}
