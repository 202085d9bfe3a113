import type { Isolation } from '../isolations.ts';
import type { Lister } from '../kube/informer.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { ContainerDefaults } from '../quota/container-defaults.ts';
import type { PodRules } from '../pod-rules/pod-rules.ts';
import type { Amounts } from '../quota/quota.ts';
import type { Translator } from '../translate/translator.ts';

/** What a definition may look at while it translates: nothing but local stores. */
export interface SyncContext {
  readonly translator: Translator;
  /** All namespaces of the virtual cluster. */
  readonly virtual: Side;
  /** Managed objects of the host namespace; nodes and storage classes whole, where k3v may read them. */
  readonly host: Side;
  readonly settings: SyncSettings;
}

/** The stores of one side. */
export interface Side {
  /** Whether this resource is watched; false for optional host resources that k3v may not read. */
  has(resource: Resource): boolean;
  /** Throws if no definition asked for the resource. Empty if `has` is false. */
  lister<T extends KubeObject>(resource: Resource): Lister<T>;
}

export interface SyncSettings {
  /** DNS domain of both clusters. Default: `cluster.local`. */
  clusterDomain: string;
  /** Whether k3v runs cluster DNS, so that pods have to wait for its address. Default: false, the tenant may. */
  runsDns?: boolean;
  /** Whether the host lets k3v open the readiness gates of pods (`patch` on `pods/status`). Default: true. */
  writesPodStatus?: boolean;
  /** What the tenant may put on the host. Default: `none`, whatever the host takes. */
  isolation?: Isolation;
  /** How much the virtual cluster may have on the host, all in all. Default: as much as the host takes. */
  quota?: Amounts | undefined;
  /** What containers get on the host that say nothing themselves. Default: nothing. */
  containerDefaults?: ContainerDefaults | undefined;
  /** What every pod gets on the host. Default: nothing. */
  podRules?: PodRules | undefined;
  /** Which nodes of the host the tenant sees: all, or those that run pods of this cluster. Default: all. What k3v does not read counts by its pods. */
  nodes?: 'all' | 'used';
  /** What `--sync` calls the kinds that it switches on. Default: none. */
  optIn?: ReadonlySet<string>;
  /** Plural names of the kinds of which all objects cross, used or not. */
  syncAll: ReadonlySet<string>;
}
