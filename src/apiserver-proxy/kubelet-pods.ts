import type { Node, Pod } from '../kube/types.ts';
import type { ClusterView, PodPair } from './cluster-view.ts';
import type { PodRoute } from './kubelet-route.ts';

/** A request that the kubelet of a real node would refuse too; the message is in its words (server.go, kubelet_pods.go). */
export class KubeletRefusal extends Error {
  override readonly name = 'KubeletRefusal';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Returns the pod that `route` names on `node`. Throws KubeletRefusal if the virtual cluster has no such pod or container there, or the
 * host has it not yet or no more. Containers that only the host knows, such as sidecars put in there, are not found.
 */
export function podOf(view: Pick<ClusterView, 'pod'>, node: Node, route: PodRoute): PodPair {
  const { namespace, pod: name, uid, container } = route;
  const found = view.pod(namespace, name);
  if (!found || (found.host ?? found.virtual).spec?.nodeName !== node.metadata.name) {
    throw new KubeletRefusal(404, `pod "${name}" does not exist`);
  }
  if (uid !== undefined && uid !== found.virtual.metadata.uid) throw new KubeletRefusal(404, 'pod not found');
  if (container !== undefined && !hasContainer(found.virtual, container)) {
    throw route.kind === 'logs'
      ? new KubeletRefusal(404, `container "${container}" not found in pod "${name}"`)
      : new KubeletRefusal(500, `container not found ("${container}")`);
  }
  if (!found.host) throw absence(route, found.virtual);
  return { virtual: found.virtual, host: found.host };
}

function hasContainer({ spec }: Pod, name: string): boolean {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? []), ...(spec?.ephemeralContainers ?? [])];
  return all.some((container) => container.name === name);
}

function absence({ kind, container, pod, namespace }: PodRoute, { status }: Pod): KubeletRefusal {
  if (kind === 'portForward') return new KubeletRefusal(500, `pod not found ("${pod}_${namespace}")`);
  if (kind !== 'logs') return new KubeletRefusal(500, `container not found ("${container}")`);
  const waits = (status?.phase ?? 'Pending') === 'Pending';
  return new KubeletRefusal(
    400,
    waits
      ? `container "${container}" in pod "${pod}" is waiting to start: ContainerCreating`
      : `container "${container}" in pod "${pod}" is terminated`,
  );
}
