import type { KubeClient } from '../kube/client.ts';
import { isConflict } from '../kube/errors.ts';
import { mergePatchOf } from '../kube/merge-patch.ts';
import { type KubeObject, type Node, resources } from '../kube/types.ts';
import type { VirtualChange } from './define-syncer.ts';
import type { Outcome } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import type { Writer } from './writer.ts';

/** A pod whose node is not mirrored yet is looked at again when nodes change; this is for all cases. */
const nodeWaitMs = 1_000;

/** Makes `virtual` what its host object means for it; writes only what differs. */
export async function applyVirtualChange<V extends KubeObject>(
  { become, patch, bindTo, status }: VirtualChange<V>,
  virtual: V,
  writer: Writer<V>,
  { clients, stores }: Pick<ReconcilerParts, 'clients' | 'stores'>,
): Promise<Outcome> {
  if (become) {
    await writer.become(virtual, become);
    return undefined;
  }
  let current = virtual;
  if (patch) current = await writer.patch(current, (live) => mergePatchOf(live, { ...live, ...deepOver(live, patch) }));
  if (bindTo) {
    if (!stores.virtual.informer<Node>(resources.nodes).get(bindTo)) {
      return { retryAfterMs: nodeWaitMs, why: `node ${bindTo} is not mirrored yet` };
    }
    // Binding changes the pod, and with it comes another look: that one writes the status.
    return await bind(clients.virtual, current, bindTo);
  }
  if (status !== undefined) {
    const wanted: unknown = JSON.parse(JSON.stringify(status));
    // None is as good as an empty one.
    const statusOf = (live: V): unknown => Reflect.get(live, 'status') ?? {};
    await writer.patch(current, (live) => mergePatchOf({ status: statusOf(live) }, { status: wanted }), {
      subresource: 'status',
    });
  }
  return undefined;
}

/** Puts the pod on its node (pods/binding). A pod that is bound already is fine: the node can only be the same. */
async function bind(client: KubeClient, pod: KubeObject, node: string): Promise<undefined> {
  const { name, namespace, uid } = pod.metadata;
  const binding = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  await client.request('POST', path, { body: binding }).catch((error: unknown) => {
    if (!isConflict(error)) throw error;
  });
  return undefined;
}

function deepOver(live: object, patch: object): object {
  const result: { [field: string]: unknown } = { ...live };
  for (const [field, value] of Object.entries(patch)) {
    const before = result[field];
    result[field] =
      typeof value === 'object' && value !== null && !Array.isArray(value) && typeof before === 'object' && before
        ? deepOver(before, value)
        : value;
  }
  return result;
}
