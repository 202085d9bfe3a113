import { type KubeObject, type Resource, resources } from '../kube/types.ts';
import type { ContainerDefaults } from '../quota/container-defaults.ts';
import type { Amounts } from '../quota/quota.ts';
import type { Concern, Definitions, OptInKind, Opened } from './define-opt-in.ts';
import type { SyncerDefinition } from './define-syncer.ts';
import { enqueueFrom } from './enqueue-rule.ts';
import type { SyncContext } from './sync-context.ts';
import { isOutputOf } from './outputs.ts';
import { type ApiServerAddress, apiServerEndpointsMirror } from './kinds/api-server-endpoints.ts';
import { configMapSyncer } from './kinds/configmaps.ts';
import { endpointsSyncer } from './kinds/endpoints.ts';
import { fixedObjectMirror } from './kinds/fixed-object.ts';
import { ingresses } from './kinds/ingresses.ts';
import { networkPolicies } from './kinds/networkpolicies.ts';
import { nodeMirror } from './kinds/nodes.ts';
import { persistentVolumeClaimSyncer } from './kinds/persistentvolumeclaims.ts';
import { persistentVolumeMirror } from './kinds/persistentvolumes.ts';
import { podDisruptionBudgets } from './kinds/poddisruptionbudgets.ts';
import { podSyncer } from './kinds/pods.ts';
import { priorityClasses } from './kinds/priorityclasses.ts';
import { limitRangeMirror, resourceQuotaMirror } from './kinds/quota-objects.ts';
import { secretSyncer } from './kinds/secrets.ts';
import { serviceAccountTokenSyncer } from './kinds/service-account-tokens.ts';
import { serviceAccounts } from './kinds/serviceaccounts.ts';
import { serviceSyncer } from './kinds/services.ts';
import { storageClassMirror } from './kinds/storageclasses.ts';
import { trustBundleSyncer } from './kinds/trust-bundles.ts';
import { volumeSnapshots } from './kinds/volumesnapshots.ts';
import { metricsMirrors } from './metrics-objects.ts';
import { webhookConfiguration } from './service-admission.ts';

/** The kinds that cross only where `--sync` names them: one line per kind. */
export const optInKinds: OptInKind[] = [
  ingresses,
  networkPolicies,
  podDisruptionBudgets,
  priorityClasses,
  serviceAccounts,
  volumeSnapshots,
];

/** Returns the kinds that always cross to the host: one line per kind. `clusterTrustBundles` as the virtual API server has them; undefined if it has none. */
export function alwaysSynced(clusterTrustBundles: Resource | undefined): Definitions['syncers'] {
  return [
    configMapSyncer,
    secretSyncer,
    serviceSyncer,
    endpointsSyncer,
    persistentVolumeClaimSyncer,
    serviceAccountTokenSyncer,
    trustBundleSyncer(clusterTrustBundles),
    podSyncer,
  ];
}

/** Returns every kind that k3v keeps alike on both sides: one line per kind, and those that `--sync` has `opened`. */
export function createRegistry({
  apiServer,
  replicas = false,
  serviceWebhook,
  clusterTrustBundles,
  metrics,
  quota,
  containerDefaults,
  opened = [],
}: {
  apiServer: ApiServerAddress;
  /** Whether other k3v may have API servers of this virtual cluster. Default: false. */
  replicas?: boolean;
  /** Where the virtual API server asks about Services. */
  serviceWebhook: { url: string; caPem: string };
  /** As the virtual API server has them; undefined if it has none. */
  clusterTrustBundles: Resource | undefined;
  /** The authority of the metrics that k3v answers; undefined where it answers none. */
  metrics: { caPem: string } | undefined;
  /** How much there may be of what crosses; undefined for no limit. */
  quota?: Amounts | undefined;
  /** What containers get that say nothing themselves; undefined for nothing. */
  containerDefaults?: ContainerDefaults | undefined;
  opened?: Opened[];
}): Definitions {
  const webhook = webhookConfiguration(serviceWebhook.url, serviceWebhook.caPem);
  return {
    syncers: [...alwaysSynced(clusterTrustBundles), ...opened.flatMap((each) => each.syncers ?? [])].map((syncer) =>
      withConcerns(syncer, opened),
    ),
    mirrors: [
      nodeMirror,
      persistentVolumeMirror,
      storageClassMirror,
      apiServerEndpointsMirror(apiServer, { replicas }),
      fixedObjectMirror(resources.mutatingWebhookConfigurations, webhook.metadata.name, webhook),
      ...metricsMirrors(metrics),
      // First what gives containers their requests: a quota refuses those without.
      limitRangeMirror(containerDefaults),
      resourceQuotaMirror(quota),
      ...opened.flatMap((each) => each.mirrors ?? []),
    ],
    outputs: opened.flatMap((each) => each.outputs ?? []),
  };
}

/**
 * Returns `syncer` as the kinds that `--sync` names concern it: its objects may be used by theirs, wait for theirs, or be written by controllers of
 * the host for theirs, and such do not cross.
 */
// oxlint-disable-next-line typescript/no-explicit-any
function withConcerns(syncer: SyncerDefinition<any, any>, opened: Opened[]): SyncerDefinition<any, any> {
  const rulesOf = (concerns: Concern[] = []) =>
    concerns.flatMap(({ resource, rule }) => (resource === syncer.resource ? [rule] : []));
  const uses = opened.flatMap((each) => rulesOf(each.uses));
  const waits = opened.flatMap((each) => rulesOf(each.waits));
  const outputs = opened.flatMap((each) => each.outputs ?? []).filter(({ resource }) => resource === syncer.resource);
  const isOutput = isOutputOf(outputs);
  return {
    ...syncer,
    ...(syncer.usedBy ? { usedBy: [...syncer.usedBy, ...uses] } : {}),
    enqueuedBy: [
      ...(syncer.enqueuedBy ?? []),
      ...waits,
      ...outputs.map(({ maker, keys }) => enqueueFrom('virtual', maker, keys)),
    ],
    ...(outputs.length > 0
      ? {
          selects: (virtual: KubeObject, context: SyncContext) =>
            !isOutput(virtual, context) && (syncer.selects?.(virtual, context) ?? true),
        }
      : {}),
  };
}
