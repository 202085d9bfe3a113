import { stringify } from 'yaml';
import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';
import { isForbidden } from '../kube/errors.ts';
import type { ResourceRight } from '../kube/resource-right.ts';
import { type Resource, resources } from '../kube/types.ts';

/** The six kinds that k3v writes on the host, and what it does with them. */
const neededResources = [
  resources.pods,
  resources.services,
  resources.endpoints,
  resources.configMaps,
  resources.secrets,
  resources.persistentVolumeClaims,
];
const writeVerbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
const readVerbs = ['get', 'list', 'watch'];
/** Kinds that k3v reads in the host namespace if it may: the events of our pods, claims and services. */
const optionalInNamespace: Resource[] = [resources.events];
/** Cluster-wide kinds that k3v reads if it may. */
const optionalResources: Resource[] = [resources.nodes, resources.storageClasses];

/**
 * What stands behind the tenant's `kubectl logs`, `exec`, `attach`, `port-forward` and `debug`, and behind webhooks in pods. Streams over WebSocket
 * begin with GET, those over SPDY with POST.
 */
const podSubresources = [
  { subresource: 'log', verbs: ['get'] },
  { subresource: 'exec', verbs: ['get', 'create'] },
  { subresource: 'attach', verbs: ['get', 'create'] },
  { subresource: 'portforward', verbs: ['get', 'create'] },
  { subresource: 'ephemeralcontainers', verbs: ['patch'] },
  { subresource: 'resize', verbs: ['patch'] },
  // For the readiness gates of the tenant's pods.
  { subresource: 'status', verbs: ['patch'] },
];

/** What stands behind the tenant's `kubectl top`, where the host has a metrics-server: its figures of our pods, and of the nodes. */
const metricsRights: ResourceRight[] = [
  { ...resources.podMetrics, verbs: 'list', clusterWide: false, needed: false },
  { ...resources.nodeMetrics, verbs: 'list', clusterWide: true, needed: false },
];

/** Words for what `hostRole` gives beside the kinds: further rights that k3v uses if it has them. */
export const roleExtras: string[] = [...optionalResources.map(({ plural }) => plural), 'metrics'];

/** What the credentials may do. */
export interface HostRights {
  /** For example `create pods`. */
  missing: string[];
  /** What k3v can do without and may not: plural names of kinds that may not be read, and subresources such as `pods/log`. */
  forbidden: string[];
}

/** One question of a SelfSubjectAccessReview. */
interface Question {
  resource: Pick<Resource, 'group' | 'plural'>;
  subresource?: string;
  name?: string | undefined;
  verb: string;
  namespace: string | undefined;
  needed: boolean;
}

/** Asks the host what the credentials may do in `namespace`, by SelfSubjectAccessReview; `more` is what further kinds ask for. */
export async function readHostRights(
  client: KubeClient,
  namespace: string,
  more: ResourceRight[] = [],
): Promise<HostRights> {
  const questions: Question[] = [
    ...neededResources.flatMap((resource) => writeVerbs.map((verb) => ({ resource, verb, namespace, needed: true }))),
    ...podSubresources.flatMap(({ subresource, verbs }) =>
      verbs.map((verb) => ({ resource: resources.pods, subresource, verb, namespace, needed: false })),
    ),
    ...optionalInNamespace.flatMap((resource) =>
      readVerbs.map((verb) => ({ resource, verb, namespace, needed: false })),
    ),
    ...optionalResources.flatMap((resource) =>
      readVerbs.map((verb) => ({ resource, verb, namespace: undefined, needed: false })),
    ),
    ...[...more, ...metricsRights].flatMap(({ verbs, clusterWide, needed, name, ...resource }) =>
      verbsOf(verbs).map((verb) => ({ resource, name, verb, namespace: clusterWide ? undefined : namespace, needed })),
    ),
    // Figures straight from the kubelets.
    { resource: resources.nodes, subresource: 'proxy', verb: 'get', namespace: undefined, needed: false },
  ];
  const answers = await Promise.all(
    questions.map(async (question) => ({ ...question, allowed: await isAllowed(client, question) })),
  );
  const refused = answers.filter(({ allowed }) => !allowed);
  return {
    missing: refused.filter(({ needed }) => needed).map((each) => `${each.verb} ${nameOf(each)}`),
    forbidden: [...new Set(refused.filter(({ needed }) => !needed).map(nameOf))],
  };
}

/** Metrics share their plurals with what they are about. */
function nameOf({ resource, subresource }: Pick<Question, 'resource' | 'subresource'>): string {
  const { plural, group } = resource;
  const name = group === resources.podMetrics.group ? `${plural}.${group}` : plural;
  return subresource === undefined ? name : `${name}/${subresource}`;
}

function verbsOf(verbs: ResourceRight['verbs']): string[] {
  return { write: writeVerbs, read: readVerbs, list: ['list'], get: ['get'] }[verbs];
}

/** Throws HOST_FORBIDDEN if a needed right is missing; names each. `kinds` is what `--with` of `host-role` is to name. */
export function requireRights({ missing }: HostRights, namespace: string, kinds: string[] = []): void {
  if (missing.length === 0) return;
  const more = kinds.length > 0 ? ` --with ${kinds.join(',')}` : '';
  throw new K3vError(
    'HOST_FORBIDDEN',
    `the host credentials may not, in namespace "${namespace}": ${missing.join(', ')}`,
    {
      hint: `Have an admin of the host apply the Role: k3v host-role --namespace ${namespace}${more} | kubectl apply -f -`,
    },
  );
}

/** Throws HOST_FORBIDDEN if nodes, which k3v can do without, may not be read though they were asked for. */
export function requireReadableNodes({ forbidden }: HostRights, namespace: string): void {
  if (!forbidden.includes(resources.nodes.plural)) return;
  throw new K3vError('HOST_FORBIDDEN', `--nodes all: the host credentials may not ${readVerbs.join(', ')} nodes`, {
    hint: `Have an admin of the host apply the ClusterRole: k3v host-role --namespace ${namespace} --with nodes | kubectl apply -f -, or leave --nodes out.`,
  });
}

async function isAllowed(
  client: KubeClient,
  { resource, subresource, name, verb, namespace }: Question,
): Promise<boolean> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: { group: resource.group, resource: resource.plural, subresource, name, verb, namespace },
    },
  };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const answer = await client.request('POST', path, { body }).catch((error: unknown) => {
    if (!isForbidden(error)) throw error;
    // Anyone whom the host has authenticated may ask this (ClusterRole system:basic-user).
    throw new K3vError('HOST_UNAUTHORIZED', `the host ${client.server} takes the credentials for nobody's`, {
      hint: 'Log in again, or use another kubeconfig or --context.',
      cause: error,
    });
  });
  const status: unknown = Reflect.get(Object(answer), 'status');
  return Reflect.get(Object(status), 'allowed') === true;
}

/** Returns, as YAML, a ServiceAccount with a Role that lets k3v work in `namespace`; with a ClusterRole for the `roleExtras` in `extra`. `more` is what further kinds ask for. */
export function hostRole(namespace: string, extra: string[] = [], more: ResourceRight[] = []): string {
  const rights = [...more, ...(extra.includes('metrics') ? metricsRights : [])];
  const name = 'k3v';
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  // Cluster-wide names: two namespaces of one host must not take each other's binding.
  const clusterName = `${name}-${namespace}`;
  const roleRef = (kind: string, to: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: to });
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const ruleOf = ({
    group,
    plural,
    verbs,
    name: only,
  }: Pick<ResourceRight, 'group' | 'plural' | 'verbs' | 'name'>) => ({
    apiGroups: [group],
    resources: [plural],
    ...(only ? { resourceNames: [only] } : {}),
    verbs: verbsOf(verbs),
  });
  const clusterRules = [
    ...optionalResources.flatMap(({ group, plural }) =>
      extra.includes(plural) ? [ruleOf({ group, plural, verbs: 'read' })] : [],
    ),
    ...rights.flatMap((right) => (right.clusterWide ? [ruleOf(right)] : [])),
  ];
  const objects: object[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [
        { apiGroups: [''], resources: neededResources.map(({ plural }) => plural), verbs: writeVerbs },
        { apiGroups: [''], resources: optionalInNamespace.map(({ plural }) => plural), verbs: readVerbs },
        ...podSubresources.map(({ subresource, verbs }) => ({
          apiGroups: [''],
          resources: [`${resources.pods.plural}/${subresource}`],
          verbs,
        })),
        ...rights.flatMap((right) => (right.clusterWide ? [] : [ruleOf(right)])),
      ],
    },
    { apiVersion, kind: 'RoleBinding', metadata: { name, namespace }, roleRef: roleRef('Role', name), subjects },
  ];
  if (clusterRules.length > 0) {
    objects.push(
      {
        apiVersion,
        kind: 'ClusterRole',
        metadata: { name: clusterName },
        rules: clusterRules,
      },
      {
        apiVersion,
        kind: 'ClusterRoleBinding',
        metadata: { name: clusterName },
        roleRef: roleRef('ClusterRole', clusterName),
        subjects,
      },
    );
  }
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}
