import { ifFound } from '../kube/errors.ts';
import { type KubeObject, type Resource, joinKey, splitKey } from '../kube/types.ts';
import { isOwnKey } from '../translate/labels.ts';
import { marks } from '../translate/translator.ts';
import { inVirtualWords } from '../translate/virtual-words.ts';
import type { Output } from './define-opt-in.ts';
import { NotYet } from './not-yet.ts';
import { hostPatchOf, metadataPatchOf } from './host-patch.ts';
import { isAwaited, isImported, outputKind, outputOwnerOf } from './outputs.ts';
import type { Outcome, Reconciler } from './reconciler.ts';
import type { ReconcilerParts } from './reconciler-parts.ts';
import { createWriter } from './writer.ts';

const workers = 2;

/**
 * Returns the reconciler that brings what controllers of the host write for objects of ours, such as the Secret of a certificate, to the virtual
 * cluster. The host's object is found by its name, since its controller knows no marks, and marked once; from then on it is watched. The host
 * decides what is in it. If the tenant deletes the virtual one, the host's goes, and its controller may make it again.
 */
export function createOutputReconciler(
  resource: Resource,
  outputs: Output[],
  { context, clients, stores, futile, plural, queue }: ReconcilerParts,
): Reconciler {
  const { translator } = context;
  const virtualStore = stores.virtual.informer<KubeObject>(resource);
  const hostStore = stores.host.informer<KubeObject>(resource);
  const virtualWriter = createWriter({ client: clients.virtual, informer: virtualStore, side: 'virtual', futile });
  const hostWriter = createWriter({ client: clients.host, informer: hostStore, side: 'host', futile });
  async function reconcile(key: string): Promise<Outcome> {
    const { namespace, name } = splitKey(key);
    const hostName = translator.hostName(resource.kind, namespace, name);
    const host = hostStore.get(joinKey(translator.hostNamespace, hostName));
    const virtual = virtualStore.get(key);
    const owner = host && outputOwnerOf(host, resource, translator);
    if (!host || !owner) {
      if (isAwaited(key, outputs, context)) await find(key, hostName, virtual);
      else if (virtual && isImported(virtual) && !host) await virtualWriter.delete(virtual);
      return undefined;
    }
    if (host.metadata.deletionTimestamp) return undefined;
    if (!virtual && owner.uid !== undefined) await hostWriter.delete(host);
    else if (!virtual || isImported(virtual) || isAwaited(key, outputs, context)) await bring(key, host, virtual);
    return undefined;
  }

  /** Marks the host's object if its controller has made it. */
  async function find(key: string, hostName: string, virtual: KubeObject | undefined): Promise<void> {
    const ref = { resource, namespace: translator.hostNamespace, name: hostName };
    const found = await ifFound(clients.host.get<KubeObject>(ref));
    if (!found || found.metadata.labels?.[marks.managedLabel] === 'true') {
      if (!found && virtual && isImported(virtual)) await virtualWriter.delete(virtual);
      throw new NotYet(`the host has not made the ${resource.kind} ${key} yet`);
    }
    const { namespace, name } = splitKey(key);
    const { metadata } = translator.hostObject(resource, { metadata: { namespace, name } });
    const annotations = { ...metadata.annotations, [marks.ownerKind]: outputKind(resource.kind) };
    const mark = { metadata: { ...found.metadata, labels: metadata.labels, annotations } };
    await hostWriter.patch(found, (live) => {
      const change = metadataPatchOf(mark, live);
      return change && { metadata: change };
    });
  }

  async function bring(key: string, host: KubeObject, virtual: KubeObject | undefined): Promise<void> {
    const output = virtualOutput(key, host);
    // What names the objects it was made for could no longer be told in virtual names.
    const isLeft = virtual !== undefined && !isAwaited(key, outputs, context);
    const wanted = isLeft ? { ...output, metadata: virtual.metadata } : output;
    const current = virtual
      ? await virtualWriter.patch(virtual, (live) => hostPatchOf(wanted, live, ['data', 'binaryData']))
      : await virtualWriter.create(wanted);
    const { uid } = current.metadata;
    await hostWriter.patch(host, ({ metadata }) =>
      metadata.annotations?.[marks.ownerUid] === uid
        ? undefined
        : { metadata: { annotations: { [marks.ownerUid]: uid } } },
    );
  }

  function virtualOutput(key: string, host: KubeObject): KubeObject {
    const { namespace, name } = splitKey(key);
    const { metadata, ...content } = host;
    const foreign = (map: Record<string, string> = {}) =>
      inVirtualWords(Object.fromEntries(Object.entries(map).filter(([mark]) => !isOwnKey(mark))), ownNameOf);
    const labels = { ...foreign(metadata.labels), [marks.managedLabel]: 'true' };
    return { ...content, metadata: { name, namespace, labels, annotations: foreign(metadata.annotations) } };
  }

  function ownNameOf(hostName: string): string | undefined {
    for (const { maker } of outputs) {
      const found = context.host.lister<KubeObject>(maker).get(joinKey(translator.hostNamespace, hostName));
      const owner = found && translator.ownerOf(found, maker.kind);
      if (owner) return owner.name;
    }
    return undefined;
  }

  return {
    resource,
    plural,
    queue,
    workers,
    reconcile,
    counts: () => ({ virtual: [...virtualStore.list()].filter(isImported).length, host: 0 }),
  };
}
