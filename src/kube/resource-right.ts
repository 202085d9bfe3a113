/** A right on one kind that a part of k3v asks of a cluster. */
export interface ResourceRight {
  group: string;
  plural: string;
  /** For example `log`; left out: the objects themselves. */
  subresource?: string | undefined;
  /** All that it takes to keep objects alike, or to watch them; or just these. */
  verbs: 'write' | 'read' | string[];
  /** Of one object only. */
  name?: string;
  /** In all of the cluster (a ClusterRole), or in one namespace. */
  clusterWide: boolean;
  /** Whether that part cannot do without. */
  needed: boolean;
}

const verbsByWord = {
  // What k3v changes it patches: never an `update`, which would write what somebody else has changed meanwhile.
  write: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  read: ['get', 'list', 'watch'],
};

/** Returns the verbs that `right` is for. */
export function verbsOf({ verbs }: Pick<ResourceRight, 'verbs'>): string[] {
  return typeof verbs === 'string' ? verbsByWord[verbs] : verbs;
}

/** Returns what RBAC calls the objects of `right`, for example `pods/log`. */
export function resourceOf({ plural, subresource }: Pick<ResourceRight, 'plural' | 'subresource'>): string {
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}
