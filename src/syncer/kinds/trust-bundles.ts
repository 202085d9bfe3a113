import {
  type ClusterTrustBundle,
  type ConfigMap,
  type Pod,
  type Resource,
  keyOf,
  resources,
} from '../../kube/types.ts';
import { selects } from '../../translate/label-selector.ts';
import { type ProjectedFile, projectedFiles, trustBundlesKind } from '../../translate/projected-files.ts';
import { trustAnchors } from '../../translate/trust-anchors.ts';
import { type SyncerDefinition, defineSyncer } from '../define-syncer.ts';
import { enqueueFrom } from '../enqueue-rule.ts';
import { indexBy } from '../index-rule.ts';
import { NotYet } from '../not-yet.ts';
import type { SyncContext } from '../sync-context.ts';
import {
  companionOf,
  concernsCompanions,
  goesWithPod,
  wantsCompanions,
  whenHostPodComesOrGoes,
} from './pod-companions.ts';

type Projection = ProjectedFile<{
  name?: string | undefined;
  signerName?: string | undefined;
  labelSelector?: Parameters<typeof selects>[0] | undefined;
  optional?: boolean | undefined;
}>;

const byBundle = 'pods-by-trust-bundle';

/**
 * Keeps the trust bundles that each virtual pod mounts in one host ConfigMap. Keyed by the pod. `bundles` is the resource in the version that the
 * virtual API server has, or undefined if it has none.
 */
export function trustBundleSyncer(bundles: Resource | undefined): SyncerDefinition<Pod, ConfigMap> {
  return defineSyncer<Pod, ConfigMap>({
    resource: resources.pods,
    hostResource: resources.configMaps,
    namedAs: trustBundlesKind,
    statusName: 'clustertrustbundles',
    indexes: [indexBy<Pod>('virtual', resources.pods, byBundle, bundlesNamedBy)],
    enqueuedBy: [
      whenHostPodComesOrGoes,
      ...(bundles ? [enqueueFrom<ClusterTrustBundle>('virtual', bundles, podsThatMount)] : []),
    ],
    mayCross: (virtual) => projectedFiles(virtual, 'clusterTrustBundle').length > 0,
    matters: concernsCompanions,
    selects: wantsCompanions,
    isCollected: goesWithPod,
    toHost: (virtual, context) => toHostTrustBundles(virtual, context, bundles),
    wholeFields: ['data'],
  });
}

/** Returns the host ConfigMap with the certificates that `virtual` mounts. Throws NotYet, in a kubelet's words, if a bundle is missing that has to be there. */
export function toHostTrustBundles(virtual: Pod, context: SyncContext, bundles: Resource | undefined): ConfigMap {
  const all = bundles ? [...context.virtual.lister<ClusterTrustBundle>(bundles).list()] : [];
  const data = projectedFiles(virtual, 'clusterTrustBundle').map((projection) => [
    projection.key,
    trustAnchors(selected(projection, all).map(({ spec }) => spec.trustBundle)),
  ]);
  const head = companionOf(virtual, context, resources.configMaps, trustBundlesKind);
  return { ...head, data: Object.fromEntries(data) };
}

/** The kubelet's rules (clustertrustbundle.InformerManager): a signer without a selector means none, with an empty one all of its bundles. */
function selected({ volume, source }: Projection, all: ClusterTrustBundle[]): ClusterTrustBundle[] {
  const { name, signerName, labelSelector, optional } = source;
  const found =
    name !== undefined
      ? all.filter(({ metadata }) => metadata.name === name)
      : all.filter(
          ({ metadata, spec }) =>
            spec.signerName === signerName && labelSelector && selects(labelSelector, metadata.labels),
        );
  if (found.length > 0 || optional) return found;
  const why =
    name !== undefined
      ? `while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "${name}" not found`
      : 'combination of signerName and labelSelector matched zero ClusterTrustBundles';
  throw new NotYet(`MountVolume.SetUp failed for volume "${volume}" : ${why}`, { event: 'FailedMount' });
}

function bundlesNamedBy(pod: Pod): string[] {
  return projectedFiles(pod, 'clusterTrustBundle').map(({ source: { name, signerName } }) =>
    name !== undefined ? nameKey(name) : signerKey(signerName),
  );
}

function podsThatMount({ metadata, spec }: ClusterTrustBundle, { virtual }: SyncContext): string[] {
  const pods = virtual.lister<Pod>(resources.pods);
  return [nameKey(metadata.name), signerKey(spec.signerName)].flatMap((key) => pods.byIndex(byBundle, key).map(keyOf));
}

const nameKey = (name: string) => `name ${name}`;
const signerKey = (signer = '') => `signer ${signer}`;
