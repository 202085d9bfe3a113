import { K3vError } from '../errors.ts';
import { type ResourceRight, resourceOf, verbsOf } from '../kube/resource-right.ts';
import { type Resource, resources } from '../kube/types.ts';
import type { OwnRights } from './own-rights.ts';
import { roleExtras } from './role-extras.ts';

const inNamespace = ({ group, plural }: Resource) => ({ group, plural, clusterWide: false });
const ofPods = (subresource: string, verbs: string[]): ResourceRight => ({
  ...inNamespace(resources.pods),
  subresource,
  verbs,
  needed: false,
});

/** What the Role of any k3v gives: the six kinds that it writes, and what belongs to pods. */
export const baseRights: ResourceRight[] = [
  ...[
    resources.pods,
    resources.services,
    resources.endpoints,
    resources.configMaps,
    resources.secrets,
    resources.persistentVolumeClaims,
  ].map((resource): ResourceRight => ({ ...inNamespace(resource), verbs: 'write', needed: true })),
  // What stands behind the tenant's `kubectl logs`, `exec`, `attach`, `port-forward` and `debug`, and behind webhooks in pods. Streams over
  // WebSocket begin with GET, those over SPDY with POST.
  ofPods('log', ['get']),
  ofPods('exec', ['get', 'create']),
  ofPods('attach', ['get', 'create']),
  ofPods('portforward', ['get', 'create']),
  ofPods('ephemeralcontainers', ['patch']),
  ofPods('resize', ['patch']),
  // For the readiness gates of the tenant's pods.
  ofPods('status', ['patch']),
];

/** What the credentials may do. */
export interface HostRights {
  /** For example `create pods`. */
  missing: string[];
  /** What k3v can do without and may not: plural names of kinds that may not be read, and subresources such as `pods/log`. */
  forbidden: string[];
}

/** One verb of what k3v does on the host, and whether the credentials may. */
export interface AnsweredRight {
  /** The kind, for example `pods/log`. */
  name: string;
  verb: string;
  /** Whether k3v cannot do without. */
  needed: boolean;
  allowed: boolean;
}

/** Looks up, verb by verb, what the credentials may do in `namespace` of what k3v does there; `more` is what further kinds ask for. */
export async function answerRights(
  own: OwnRights,
  namespace: string,
  more: ResourceRight[] = [],
): Promise<AnsweredRight[]> {
  const extras = roleExtras.flatMap(({ rights, isAsked }) => (isAsked ? rights : []));
  const questions = [...baseRights, ...extras, ...more].flatMap((right) =>
    verbsOf(right).map((verb) => ({ right, verb })),
  );
  return await Promise.all(
    questions.map(async ({ right, verb }) => {
      const { group, plural, subresource, name, clusterWide, needed } = right;
      const asked = { group, plural, subresource, name, verb, namespace: clusterWide ? undefined : namespace };
      return { verb, needed, name: rightName(right), allowed: await own(asked) };
    }),
  );
}

/** Looks up what the credentials may not do of that. */
export async function readHostRights(
  own: OwnRights,
  namespace: string,
  more: ResourceRight[] = [],
): Promise<HostRights> {
  const refused = (await answerRights(own, namespace, more)).filter(({ allowed }) => !allowed);
  return {
    missing: refused.filter(({ needed }) => needed).map(({ verb, name }) => `${verb} ${name}`),
    forbidden: [...new Set(refused.filter(({ needed }) => !needed).map(({ name }) => name))],
  };
}

/** Returns what to call the objects of a right: metrics share their plurals with what they are about. */
export function rightName(right: ResourceRight): string {
  const name = resourceOf(right);
  return right.group === resources.podMetrics.group ? `${name}.${right.group}` : name;
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
  throw new K3vError(
    'HOST_FORBIDDEN',
    `--nodes all: the host credentials may not ${verbsOf({ verbs: 'read' }).join(', ')} nodes`,
    {
      hint: `Have an admin of the host apply the ClusterRole: k3v host-role --namespace ${namespace} --with nodes | kubectl apply -f -, or leave --nodes out.`,
    },
  );
}
