import type { Pod } from '../kube/types.ts';
import { isOwnKey } from '../translate/labels.ts';

/** Returns the part of `pod` that the page is made from: nothing of what its containers run with, and of labels and annotations k3v's own. */
export function thinPod({ apiVersion, kind, metadata, spec, status }: Pod): Pod {
  const { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp } = metadata;
  const [labels, annotations] = [ownOf(metadata.labels), ownOf(metadata.annotations)];
  const { phase, reason, conditions, initContainerStatuses, containerStatuses } = status ?? {};
  return {
    apiVersion,
    kind,
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp, deletionTimestamp, labels, annotations },
    spec: {
      nodeName: spec?.nodeName,
      initContainers: spec?.initContainers?.map(bare),
      containers: spec?.containers.map(bare) ?? [],
    },
    status: { phase, reason, conditions, initContainerStatuses, containerStatuses },
  };
}

function ownOf(marks: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(marks).filter(([key]) => isOwnKey(key)));
}

function bare({ name, restartPolicy }: { name: string; restartPolicy?: string | undefined }) {
  return { name, restartPolicy };
}
