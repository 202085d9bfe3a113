import type { KubeObject } from '../kube/types.ts';
import type { ClusterContext } from './cluster-context.ts';
import { addonCopies } from './objects/addons.ts';
import { apiService } from './objects/api-service.ts';
import { etcdObjects } from './objects/etcd.ts';
import { keptSecrets } from './objects/kept-secrets.ts';
import { networkPolicies } from './objects/network-policies.ts';
import { serverAccess } from './objects/server-access.ts';
import { sharedServer } from './objects/shared-server.ts';
import { virtualAgents } from './objects/virtual-agents.ts';
import { virtualServers } from './objects/virtual-servers.ts';
import { isPaused } from './paused.ts';

/** Returns what of the objects of a Cluster needs to know of no other, in the order in which it is to be made. */
export function firstObjects(context: ClusterContext): KubeObject[] {
  return [...apiService(context), ...keptSecrets(context), ...addonCopies(context)];
}

/** Returns all objects of a Cluster, as soon as its Service has its address, in the order in which they are to be made. */
export function desiredObjects(context: ClusterContext): KubeObject[] {
  return [
    ...firstObjects(context),
    ...networkPolicies(context),
    ...etcdObjects(context),
    ...(context.spec.mode === 'virtual'
      ? [...virtualServers(context), ...virtualAgents(context)]
      : [...serverAccess(context), ...sharedServer(context)]),
  ].map((object) => (isPaused(context.cluster) ? withoutPods(object) : object));
}

/** Returns `object` with no pods, if it is one that has some. */
function withoutPods<T extends KubeObject>(object: T): T {
  const spec: unknown = Reflect.get(object, 'spec');
  const hasPods = object.kind === 'StatefulSet' || object.kind === 'Deployment';
  return hasPods ? { ...object, spec: { ...Object(spec), replicas: 0 } } : object;
}
