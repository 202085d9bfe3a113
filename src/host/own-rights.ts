import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { isForbidden, isUnauthorized } from '../kube/errors.ts';
import { type ResourceRight, resourceOf } from '../kube/resource-right.ts';
import { credentialsRefused } from './credentials-refused.ts';

/** One verb on one kind; without `namespace`: in all of the cluster. */
export interface AskedRight extends Pick<ResourceRight, 'group' | 'plural' | 'subresource'> {
  name?: string | undefined;
  verb: string;
  namespace?: string | undefined;
}

/** Says whether the credentials have a right, in the namespace that was asked about or in all of the cluster. */
export type OwnRights = (right: AskedRight) => Promise<boolean>;

/** As a SelfSubjectRulesReview lists them. */
interface Rule {
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  verbs?: string[];
}

/**
 * Asks the host, in one request, what the credentials may do in `namespace` (SelfSubjectRulesReview). The list does not tell what is granted in the
 * namespace alone from what is in all of the cluster, and authorizers that keep no rules are not in it: only what it leaves open is asked one by one
 * (SelfSubjectAccessReview). Both reviews are anybody's whom the host has authenticated (ClusterRole system:basic-user). Rejects with
 * HOST_UNAUTHORIZED where the host takes the credentials for nobody's.
 * Source: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
 */
export async function askOwnRights(client: KubeClient, namespace: string): Promise<OwnRights> {
  const status = await review(client, 'SelfSubjectRulesReview', { namespace });
  const listed: unknown = Reflect.get(status, 'resourceRules');
  const rules = (Array.isArray(listed) ? listed : []) as Rule[];
  const isComplete = Reflect.get(status, 'incomplete') !== true;
  return async (right) => {
    const isListed = rules.some((rule) => covers(rule, right));
    if (isListed && right.namespace !== undefined) return true;
    if (!isListed && isComplete) return false;
    const { group, plural, subresource, name, verb } = right;
    const resourceAttributes = { group, resource: plural, subresource, name, verb, namespace: right.namespace };
    return Reflect.get(await review(client, 'SelfSubjectAccessReview', { resourceAttributes }), 'allowed') === true;
  };
}

function covers({ apiGroups = [], resources = [], resourceNames = [], verbs = [] }: Rule, right: AskedRight): boolean {
  const { subresource, name } = right;
  const named = ['*', resourceOf(right)];
  if (subresource !== undefined) named.push(`*/${subresource}`);
  return (
    holds(apiGroups, ['*', right.group]) &&
    holds(resources, named) &&
    holds(verbs, ['*', right.verb]) &&
    (resourceNames.length === 0 || (name !== undefined && resourceNames.includes(name)))
  );
}

function holds(given: string[], wanted: string[]): boolean {
  return wanted.some((each) => given.includes(each));
}

/** Returns the status of the review. */
async function review(client: KubeClient, kind: string, spec: object): Promise<object> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
  const path = `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`;
  const answer = await client.request('POST', path, { body }).catch((error: unknown) => {
    if (isUnauthorized(error)) throw credentialsRefused(client, error);
    if (!isForbidden(error)) throw error;
    throw new K3vError('HOST_UNAUTHORIZED', `the host ${client.server} takes the credentials for nobody's`, {
      hint: 'Log in again, or use another kubeconfig or --context.',
      cause: error,
    });
  });
  return Object(Reflect.get(Object(answer), 'status')) as object;
}
