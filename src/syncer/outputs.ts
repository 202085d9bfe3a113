import { type KubeObject, type Resource, joinKey, keyOf } from '../kube/types.ts';
import { type HostOwner, type Translator, marks } from '../translate/translator.ts';
import type { Output } from './define-opt-in.ts';
import { type EnqueueRule, enqueueFrom } from './enqueue-rule.ts';
import type { IndexRule } from './index-rule.ts';
import type { SyncContext } from './sync-context.ts';

/** Returns whose output `host` is, if it is marked as the output of a virtual object's host object. */
export function outputOwnerOf(host: KubeObject, { kind }: Resource, translator: Translator): HostOwner | undefined {
  const { labels = {}, annotations = {} } = host.metadata;
  if (labels[marks.clusterLabel] !== translator.id || annotations[marks.ownerKind] !== outputKind(kind))
    return undefined;
  const namespace = annotations[marks.ownerNamespace] ?? '';
  const name = annotations[marks.ownerName] ?? '';
  return translator.hostName(kind, namespace, name) === host.metadata.name
    ? { kind, namespace, name, uid: annotations[marks.ownerUid] }
    : undefined;
}

/** What the owner mark calls the output of `kind`: such an object is the host's own, not the copy of a virtual one. */
export function outputKind(kind: string): string {
  return `${kind}Output`;
}

/** Returns the name of the index over the objects that make outputs of `resource`. */
function outputIndex(resource: Resource): string {
  return `outputs-${resource.plural}`;
}

/** Returns the indexes that `isAwaited` reads. */
export function outputIndexes(outputs: Output[]): IndexRule[] {
  return outputs.map(({ resource, maker, keys }) => ({
    side: 'virtual',
    resource: maker,
    name: outputIndex(resource),
    values: keys,
  }));
}

/** Whether a virtual object is there for which a controller of the host writes the object under `key`. */
export function isAwaited(key: string, outputs: Output[], { virtual }: SyncContext): boolean {
  return outputs.some(({ resource, maker }) => virtual.lister(maker).countOf(outputIndex(resource), key) > 0);
}

/** Returns the function that tells whether a virtual object is the host's to write, by `outputs` of its kind. */
export function isOutputOf(outputs: Output[]): (virtual: KubeObject, context: SyncContext) => boolean {
  return (virtual, context) => isImported(virtual) || isAwaited(keyOf(virtual), outputs, context);
}

/** Returns which changes make an output worth a look: of itself on both sides, and of the objects it is made for. */
export function outputRules(resource: Resource, outputs: Output[]): EnqueueRule[] {
  return [
    enqueueFrom('virtual', resource, (object) => [keyOf(object)]),
    enqueueFrom('host', resource, (object, { translator }) => {
      const owner = outputOwnerOf(object, resource, translator);
      return owner ? [joinKey(owner.namespace, owner.name)] : [];
    }),
    ...outputs.flatMap(({ maker, keys }) => [
      enqueueFrom('virtual', maker, keys),
      enqueueFrom('host', maker, (object, { translator, virtual }) => {
        const owner = translator.ownerOf(object, maker.kind);
        const found = owner && virtual.lister<KubeObject>(maker).get(joinKey(owner.namespace, owner.name));
        return found ? keys(found) : [];
      }),
    ]),
  ];
}

/** Whether k3v has brought `virtual` from the host: it never crosses the other way. */
export function isImported({ metadata }: KubeObject): boolean {
  return metadata.labels?.[marks.managedLabel] === 'true';
}
