import type { ResourceRight } from '../kube/resource-right.ts';
import { type Resource, resources } from '../kube/types.ts';

/** Something that k3v does only where the host lets it, and does without elsewhere. */
export interface RoleExtra {
  /** What `--with` of `host-role` calls it. */
  name: string;
  rights: ResourceRight[];
  /** Whether k3v asks at its start if it has these rights. Else it tries, and the host says. */
  isAsked: boolean;
}

const reads = ({ group, plural, namespaced }: Resource): ResourceRight => ({
  group,
  plural,
  verbs: 'read',
  clusterWide: !namespaced,
  needed: false,
});

/** All of them, but for what kinds that `--sync` names can do without. */
export const roleExtras: RoleExtra[] = [
  { name: 'events', rights: [reads(resources.events)], isAsked: true },
  { name: 'nodes', rights: [reads(resources.nodes)], isAsked: true },
  { name: 'storageclasses', rights: [reads(resources.storageClasses)], isAsked: true },
  {
    // What stands behind the tenant's `kubectl top`, where the host has a metrics-server: its figures of our pods, and of the nodes.
    name: 'metrics',
    rights: [
      { ...resources.podMetrics, verbs: ['list'], clusterWide: false, needed: false },
      { ...resources.nodeMetrics, verbs: ['list'], clusterWide: true, needed: false },
    ],
    isAsked: true,
  },
  {
    // The same, straight from the kubelets.
    name: 'nodes/proxy',
    rights: [{ group: '', plural: 'nodes', subresource: 'proxy', verbs: ['get'], clusterWide: true, needed: false }],
    isAsked: true,
  },
  {
    // No resource, but what OpenShift asks for before endpoints may lead into the networks of its pods and Services. Other hosts know nothing of it.
    name: 'endpoints/restricted',
    rights: [
      {
        group: '',
        plural: 'endpoints',
        subresource: 'restricted',
        verbs: ['create'],
        clusterWide: false,
        needed: false,
      },
    ],
    isAsked: false,
  },
];
