import type { KubeClient } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { listPages } from '../kube/list-pages.ts';
import { type KubeObject, type Resource, resources } from '../kube/types.ts';
import { isMadeAs } from '../syncer/made-kinds.ts';
import { type Translator, marks } from '../translate/translator.ts';
import type { HostKind } from './find-kinds.ts';

const pageSize = 500;

/** An object of the host. */
export interface HostObject {
  kind: HostKind;
  object: Pick<KubeObject, 'metadata'>;
}

/** What there is on the host. */
export interface Found {
  /** Made by k3v for this virtual cluster. */
  own: HostObject[];
  /** Labelled as if it were, but without the rest of k3v's marks, or under a name that k3v would not have given: somebody copied or wrote it by hand. */
  lookalikes: HostObject[];
}

/**
 * Looks for what k3v made of `kinds`, by its marks and by its name, in which the id is hashed. One whose labels were taken off is found, too, as a running k3v
 * would put them back.
 */
export async function findMade(client: KubeClient, kinds: readonly HostKind[], translator: Translator): Promise<Found> {
  const found: Found = { own: [], lookalikes: [] };
  for (const kind of kinds) {
    for await (const { metadata } of objectsOf(client, kind.resource, translator)) {
      const each: HostObject = { kind, object: { metadata } };
      if (isOwn(each, translator)) found.own.push(each);
      else if (isLabelled(metadata.labels, translator, kind.resource)) found.lookalikes.push(each);
    }
  }
  return { ...found, lookalikes: found.lookalikes.filter((each) => !isShadow(each, found)) };
}

async function* objectsOf(
  client: KubeClient,
  resource: Resource,
  { hostNamespace }: Translator,
): AsyncGenerator<KubeObject> {
  const scope = resource.namespaced ? { namespace: hostNamespace } : {};
  try {
    for await (const page of listPages<KubeObject>(client, resource, { ...scope, limit: pageSize })) yield* page;
  } catch (error) {
    // A kind that is no longer served has no objects.
    if (!isNotFound(error)) throw error;
  }
}

function isOwn({ kind, object }: HostObject, translator: Translator): boolean {
  const labels = object.metadata.labels ?? {};
  const { [marks.clusterLabel]: cluster = translator.id } = labels;
  if (cluster !== translator.id) return false;
  const marked = { ...labels, [marks.clusterLabel]: translator.id, [marks.managedLabel]: 'true' };
  const labelled = { ...object, metadata: { ...object.metadata, labels: marked } };
  return kind.made.some((made) => isMadeAs(labelled, made, translator));
}

function isLabelled(
  labels: Record<string, string> = {},
  { id, hostNamespace }: Translator,
  { namespaced }: Resource,
): boolean {
  return labels[marks.clusterLabel] === id && (namespaced || labels[marks.hostNamespaceLabel] === hostNamespace);
}

/** The host's controllers give Endpoints the labels of their Service; they come and go with it. */
function isShadow({ kind, object }: HostObject, { own, lookalikes }: Found): boolean {
  return (
    kind.resource.plural === resources.endpoints.plural &&
    [...own, ...lookalikes].some(
      (each) =>
        each.kind.resource.plural === resources.services.plural && each.object.metadata.name === object.metadata.name,
    )
  );
}

/** Returns how many of `objects` there are of each kind, in their order. */
export function countByKind(objects: readonly HostObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(nameOf(kind.resource), (counts.get(nameOf(kind.resource)) ?? 0) + 1);
  return counts;
}

/** Returns what kubectl calls an object, such as `ingresses.networking.k8s.io/web`. */
export function wordFor({ kind, object }: HostObject): string {
  return `${nameOf(kind.resource)}/${object.metadata.name}`;
}

/** Returns what kubectl calls a kind, such as `ingresses.networking.k8s.io`. */
export function nameOf({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}
