import { contentHash } from '../content-hash.ts';
import type { KubeClient, ObjectRef } from '../kube/client.ts';
import { ifFound, isConflict } from '../kube/errors.ts';
import { keyOf, type KubeObject } from '../kube/types.ts';
import type { Logger } from '../log.ts';
import { ownDomain } from '../translate/labels.ts';
import type { AddOn, AddOnObject } from './add-on.ts';

/** Says of an object which add-on it belongs to. A tenant who takes the label off makes the object its own. */
export const addOnLabel = `${ownDomain}/add-on`;
/** Hash of the object as k3v last applied it. */
const versionAnnotation = `${ownDomain}/add-on-version`;
const fieldManager = 'k3v';

/**
 * Makes what is missing of `addOn`, and brings what k3v made to this version of it by server-side apply: what a tenant
 * added stays. Nothing is written where nothing is new, and objects of others are left alone.
 */
export async function applyAddOn(client: KubeClient, addOn: AddOn, log: Logger): Promise<void> {
  const core = await read(client, addOn.core);
  if (core && !isOf(addOn, core)) {
    log.info({ addOn: addOn.name, object: keyOf(core) }, 'the tenant has its own: add-on left out');
    return;
  }
  for (const item of addOn.objects) await applyObject(client, addOn, item, log);
}

/** Deletes the objects of `addOn` that k3v made. */
export async function removeAddOn(client: KubeClient, addOn: AddOn, log: Logger): Promise<void> {
  for (const item of addOn.objects.toReversed()) {
    const found = await read(client, item);
    if (!found || !isOf(addOn, found)) continue;
    const options = { uid: found.metadata.uid, propagationPolicy: 'Background' } as const;
    await ifFound(client.delete(refOf(item), options));
    log.info({ addOn: addOn.name, object: keyOf(found) }, 'removed an object of a disabled add-on');
  }
}

async function applyObject(client: KubeClient, addOn: AddOn, item: AddOnObject, log: Logger): Promise<void> {
  const found = await read(client, item);
  const { object, editable = false } = item;
  const version = contentHash(object);
  if (found && (!isOf(addOn, found) || found.metadata.annotations?.[versionAnnotation] === version)) return;
  const { labels, annotations } = object.metadata;
  const wanted = {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, [addOnLabel]: addOn.name },
      annotations: { ...annotations, [versionAnnotation]: version },
    },
  };
  try {
    await client.patch(refOf(item), 'apply', wanted, { fieldManager, force: !editable });
  } catch (error) {
    if (!editable || !isConflict(error)) throw error;
    log.info({ addOn: addOn.name, kind: item.resource.kind, object: keyOf(object) }, "kept the tenant's edits");
  }
}

function isOf(addOn: AddOn, { metadata }: KubeObject): boolean {
  return metadata.labels?.[addOnLabel] === addOn.name;
}

function refOf({ resource, object: { metadata } }: AddOnObject): ObjectRef {
  return { resource, namespace: metadata.namespace, name: metadata.name };
}

async function read(client: KubeClient, item: AddOnObject): Promise<KubeObject | undefined> {
  return await ifFound(client.get<KubeObject>(refOf(item)));
}
