import type { Pod } from '../kube/types.ts';

export type Toleration = NonNullable<NonNullable<Pod['spec']>['tolerations']>[number];

/** What the operator of k3v has every pod of the virtual cluster run with on the host, whatever the tenant asks for. */
export interface PodRules {
  /** Labels that a node must have, beside those that the pod asks for. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Beside those of the pod. */
  readonly tolerations: readonly Toleration[];
  /** The host's class of pods that have none of their own there. */
  readonly priorityClassName?: string | undefined;
  /** The host's class, in place of the pod's. */
  readonly runtimeClassName?: string | undefined;
}
