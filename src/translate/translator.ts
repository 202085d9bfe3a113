import { forgetEldest } from '../forget-eldest.ts';
import { apiVersionOf, type KubeObject, type ObjectMeta, type Resource } from '../kube/types.ts';
import { hostLabels, isOwnKey, ownDomain } from './labels.ts';
import { hostName } from './names.ts';

/** Marks on host objects (and `managed` on the virtual objects that k3v makes). */
export const marks = {
  clusterLabel: `${ownDomain}/cluster`,
  managedLabel: `${ownDomain}/managed`,
  namespaceLabel: `${ownDomain}/namespace`,
  /** On cluster-scoped host objects: the host namespace of their virtual cluster, since an id means something only there. */
  hostNamespaceLabel: `${ownDomain}/host-namespace`,
  ownerKind: `${ownDomain}/owner-kind`,
  ownerNamespace: `${ownDomain}/owner-namespace`,
  ownerName: `${ownDomain}/owner-name`,
  ownerUid: `${ownDomain}/owner-uid`,
  /** The generation of the owner that a host object was last made to fit. */
  ownerGeneration: `${ownDomain}/owner-generation`,
  /** Comma-separated keys of the annotations copied from the owner, so that a removed one can be told from a foreign one. */
  copiedAnnotations: `${ownDomain}/copied-annotations`,
  /** On a virtual Service that has no address for a moment, as it is given another one: what it has to be again, as JSON. */
  serviceMove: `${ownDomain}/service-move`,
  /** Of the tokens of a pod: the node that they name. */
  node: `${ownDomain}/node`,
  /** Of a pod: the images that its containers were given, as the host's admission may choose others. */
  images: `${ownDomain}/images`,
  /** On the Lease by which a replica of k3v is known in the virtual cluster: that it is one, and the address and port of its API server. */
  replicaLabel: `${ownDomain}/replica`,
  replicaAddress: `${ownDomain}/replica-address`,
} as const;

/** The virtual object that a host object says it mirrors. `uid` is undefined until the owner is known to exist. */
export interface HostOwner {
  kind: string;
  namespace: string;
  name: string;
  uid: string | undefined;
}

/** Some 200 bytes each. */
const maxKnownNames = 20_000;

/** Maps names, labels and metadata of one virtual cluster to one host namespace. Pure. */
export interface Translator {
  /** The virtual cluster's id. */
  readonly id: string;
  readonly hostNamespace: string;
  /** Selects every host object of this virtual cluster in its host namespace. */
  readonly managedSelector: string;
  /** Selects every cluster-scoped host object of this virtual cluster. */
  readonly clusterScopedSelector: string;
  /** `namespace` is empty for a cluster-scoped kind. */
  hostName(kind: string, namespace: string, name: string): string;
  /** Returns `apiVersion`, `kind` and `metadata` of the host object that mirrors `virtual`. `namedAs` is the kind that goes into the name; default: the resource's own. */
  hostObject(
    resource: Resource,
    virtual: KubeObject,
    namedAs?: string,
  ): { apiVersion: string; kind: string; metadata: ObjectMeta };
  /** Returns the labels a host object carries for an object of `namespace` with `labels`. */
  hostLabels(namespace: string, labels: Record<string, string> | undefined): Record<string, string>;
  /** Returns the host selector (matchLabels) that finds what `selector` finds inside the virtual `namespace`. */
  hostSelector(namespace: string, selector: Record<string, string> | undefined): Record<string, string>;
  /** Returns whom a host object mirrors, or undefined if it is not one of ours: wrong labels, no owner, or not the name its owner would have. */
  ownerOf(host: KubeObject, namedAs: string): HostOwner | undefined;
  /** As `ownerOf`, also of an object whose labels were taken off; not if it has those of another virtual cluster. */
  ownerByMarks(host: KubeObject, namedAs: string): HostOwner | undefined;
}

/** Returns the translator of the virtual cluster `id` in `hostNamespace`. */
export function createTranslator({ id, hostNamespace }: { id: string; hostNamespace: string }): Translator {
  const clusterLabels = { [marks.clusterLabel]: id, [marks.managedLabel]: 'true' };
  const known = new Map<string, string>();
  /** Each is asked for at every look at an object, as it shows whether the object is whose it says. */
  const nameOf = (kind: string, namespace: string, name: string) => {
    const key = `${kind}\0${namespace}\0${name}`;
    let found = known.get(key);
    if (found === undefined) {
      // No id has a slash.
      found = hostName(namespace === '' ? `${hostNamespace}/${id}` : id, { kind, namespace, name });
      known.set(key, found);
      forgetEldest(known, maxKnownNames);
    }
    return found;
  };
  const labelsOf = (namespace: string, labels: Record<string, string> | undefined) => ({
    ...hostLabels(labels),
    ...clusterLabels,
    ...(namespace === '' ? { [marks.hostNamespaceLabel]: hostNamespace } : { [marks.namespaceLabel]: namespace }),
  });
  const selectorOf = (labels: Record<string, string>) =>
    Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
  return {
    id,
    hostNamespace,
    managedSelector: selectorOf(clusterLabels),
    clusterScopedSelector: selectorOf({ ...clusterLabels, [marks.hostNamespaceLabel]: hostNamespace }),
    hostName: nameOf,
    hostLabels: labelsOf,
    hostSelector: (namespace, selector) => ({
      ...hostLabels(selector),
      [marks.clusterLabel]: id,
      [marks.namespaceLabel]: namespace,
    }),
    hostObject(resource, virtual, namedAs = resource.kind) {
      const namespace = virtual.metadata.namespace ?? '';
      const copied = Object.entries(virtual.metadata.annotations ?? {}).filter(
        ([key]) => !isOwnKey(key) && !uncopiedAnnotations.has(key),
      );
      const uid = virtual.metadata.uid;
      return {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        metadata: {
          name: nameOf(namedAs, namespace, virtual.metadata.name),
          ...(namespace === '' ? {} : { namespace: hostNamespace }),
          labels: labelsOf(namespace, virtual.metadata.labels),
          annotations: {
            ...Object.fromEntries(copied),
            [marks.ownerKind]: namedAs,
            [marks.ownerNamespace]: namespace,
            [marks.ownerName]: virtual.metadata.name,
            ...(uid ? { [marks.ownerUid]: uid } : {}),
            ...(copied.length > 0
              ? {
                  [marks.copiedAnnotations]: copied
                    .map(([key]) => key)
                    .sort()
                    .join(','),
                }
              : {}),
          },
        },
      };
    },
    ownerOf(host, namedAs) {
      const { labels = {} } = host.metadata;
      return labels[marks.managedLabel] === 'true' && labels[marks.clusterLabel] === id
        ? ownerByMarks(host, namedAs)
        : undefined;
    },
    ownerByMarks(host, namedAs) {
      const { labels: { [marks.clusterLabel]: cluster = id } = {} } = host.metadata;
      return cluster === id ? ownerByMarks(host, namedAs) : undefined;
    },
  };

  function ownerByMarks(host: KubeObject, namedAs: string): HostOwner | undefined {
    const { annotations = {}, name } = host.metadata;
    const owner = {
      kind: annotations[marks.ownerKind] ?? '',
      namespace: annotations[marks.ownerNamespace] ?? '',
      name: annotations[marks.ownerName] ?? '',
      uid: annotations[marks.ownerUid],
    };
    if (owner.kind !== namedAs || owner.name === '') return undefined;
    return nameOf(namedAs, owner.namespace, owner.name) === name ? owner : undefined;
  }
}

/** Annotations that mean something only where they were written. */
const uncopiedAnnotations = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'pv.kubernetes.io/bind-completed',
  'pv.kubernetes.io/bound-by-controller',
  'volume.kubernetes.io/selected-node',
  'volume.kubernetes.io/storage-provisioner',
  'volume.beta.kubernetes.io/storage-provisioner',
  'endpoints.kubernetes.io/last-change-trigger-time',
]);
