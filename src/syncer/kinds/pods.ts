import {
  type ConfigMap,
  type PersistentVolumeClaim,
  type Pod,
  type Secret,
  joinKey,
  resources,
} from '../../kube/types.ts';
import { downwardAnnotations } from '../../translate/downward-api.ts';
import { gatesPatch } from '../../translate/pod-conditions.ts';
import { fullHostname, maxFullHostname } from '../../translate/pod-hostname.ts';
import { hostPodSpec } from '../../translate/pod-spec.ts';
import { virtualPodStatus } from '../../translate/pod-status.ts';
import { projectedFiles, tokenSecretKind, trustBundlesKind } from '../../translate/projected-files.ts';
import { marks } from '../../translate/translator.ts';
import { requireClusterDns, whenDnsIsThere } from '../cluster-dns.ts';
import { type VirtualChange, defineSyncer } from '../define-syncer.ts';
import { NotYet } from '../not-yet.ts';
import type { SyncContext } from '../sync-context.ts';
import { ephemeralContainersPatch, imagesOf, podPatch, resizePatch } from './pod-changes.ts';
import { usableCompanion, whenCompanionComes } from './pod-companions.ts';
import { withContainerDefaults } from './pod-defaults.ts';
import { requireAllowed } from './pod-isolation.ts';
import { mayRun, wasOnHost } from './pod-life.ts';
import { nodeChoiceIndexes, placeOnNodes, toleratedByHost, waitsForOtherNodes, whenNodesChange } from './pod-nodes.ts';
import { requireAllowedNodes, withPodRules } from './pod-rules.ts';
import { requireStanding, standingOf } from './pod-standing.ts';
import { surroundingsIndex, surroundingsOf, surroundingsRules } from './pod-surroundings.ts';

/** A pod is looked at when its companions come; this is for all cases. */
const companionMs = 1_000;

/** Runs virtual pods on the host and brings their node and status back. */
export const podSyncer = defineSyncer<Pod>({
  resource: resources.pods,
  life: 'runs',
  indexes: [surroundingsIndex, ...nodeChoiceIndexes],
  enqueuedBy: [
    whenNodesChange,
    ...surroundingsRules,
    whenCompanionComes(resources.secrets, tokenSecretKind),
    whenCompanionComes(resources.configMaps, trustBundlesKind),
    whenDnsIsThere,
  ],
  selects: mayRun,
  wasOnHost,
  toHost: toHostPod,
  beforeCreate: (virtual, context) => {
    requireAllowed(virtual, context);
    requireAllowedNodes(virtual, context.settings.podRules);
    requireKnownSources(virtual);
    requireOwnClaims(virtual, context);
    requireShortHostname(virtual, context);
    requireProjectedFiles(virtual, context);
    requireClusterDns(virtual, context);
    requireStanding(virtual, context);
  },
  isOutdated: waitsForOtherNodes,
  hostPatch: podPatch,
  hostSubresources: [
    { subresource: 'ephemeralcontainers', patch: ephemeralContainersPatch },
    { subresource: 'resize', patch: resizePatch },
    { subresource: 'status', patch: gatesPatch },
  ],
  toVirtual: toVirtualPod,
});

/** Throws NotYet until the host has every service-account token and trust bundle of `virtual`. */
export function requireProjectedFiles(virtual: Pod, context: SyncContext): void {
  const { secrets, configMaps } = resources;
  const tokens = usableCompanion<Secret>(virtual, context, secrets, tokenSecretKind)?.data;
  if (projectedFiles(virtual, 'serviceAccountToken').some(({ key }) => !tokens?.[key])) {
    const account = virtual.spec?.serviceAccountName ?? 'default';
    throw new NotYet(`the host has no token of service account ${account} for it yet`, { retryAfterMs: companionMs });
  }
  const bundles = usableCompanion<ConfigMap>(virtual, context, configMaps, trustBundlesKind)?.data;
  // Of an optional bundle that is not there, it is empty.
  if (projectedFiles(virtual, 'clusterTrustBundle').some(({ key }) => bundles?.[key] === undefined)) {
    throw new NotYet('the host has no trust bundle for it yet', { retryAfterMs: companionMs });
  }
}

/** Throws NotYet, in a scheduler's words, if a claim has the name that one of an ephemeral volume of `virtual` will have, and is another's (VolumeIsForPod). */
export function requireOwnClaims({ metadata, spec }: Pod, { virtual }: SyncContext): void {
  const { name, namespace = '', uid } = metadata;
  for (const volume of spec?.volumes ?? []) {
    if (!volume.ephemeral) continue;
    const key = joinKey(namespace, `${name}-${volume.name}`);
    const claim = virtual.lister<PersistentVolumeClaim>(resources.persistentVolumeClaims).get(key);
    if (!claim || claim.metadata.ownerReferences?.some((owner) => owner.controller && owner.uid === uid)) continue;
    const message = `PVC ${key} was not created for pod ${namespace}/${name} (pod is not owner)`;
    throw new NotYet(message, { event: 'FailedScheduling' });
  }
}

/** Throws NotYet, in a kubelet's words, if `virtual` wants a longer host name than a kernel takes. */
export function requireShortHostname(virtual: Pod, { settings }: SyncContext): void {
  const name = fullHostname(virtual, settings.clusterDomain);
  if (name === undefined || name.length <= maxFullHostname) return;
  throw new NotYet(
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${name} is too long (${maxFullHostname} characters is the max, ${name.length} characters requested)`,
    { event: 'FailedCreatePodSandBox' },
  );
}

/** Returns the host pod that `virtual` should have. Throws NotYet until the virtual API server's own Service has its address. */
export function toHostPod(virtual: Pod, context: SyncContext): Pod {
  const { translator, settings } = context;
  const object = translator.hostObject(resources.pods, virtual);
  const made = { ...downwardAnnotations(virtual), [marks.images]: imagesOf(virtual) };
  const annotations = { ...object.metadata.annotations, ...made };
  const spec = {
    ...withContainerDefaults(
      hostPodSpec(virtual, translator, surroundingsOf(virtual, context)),
      settings.containerDefaults,
    ),
    ...standingOf(virtual, context),
  };
  // A gate that nobody can open would keep the pod from ever being ready.
  if (settings.writesPodStatus === false) delete spec.readinessGates;
  const placed = placeOnNodes({ ...object, metadata: { ...object.metadata, annotations }, spec }, virtual, context);
  // Last, so that nodes which only the tenant's labels bring in are chosen from by the operator's, too.
  return { ...placed, spec: withPodRules(placed.spec ?? spec, settings.podRules) };
}

/** Throws NotYet, for the tenant to read, if `virtual` needs what only a cluster of its own kubelets could give it. */
export function requireKnownSources({ spec }: Pod): void {
  const sources = (spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  const asked = [
    ...(spec?.resourceClaims?.length ? ['spec.resourceClaims'] : []),
    ...(sources.some(({ podCertificate }) => podCertificate) ? ['a podCertificate volume'] : []),
  ];
  if (asked.length === 0) return;
  throw new NotYet(`k3v cannot give pods ${asked.join(' or ')} yet`, { event: 'NotSupported' });
}

/**
 * Returns the node and the status that `host` gives to `virtual`. Throws NotYet, for the tenant to read, if the host runs it on another node than
 * the one that someone in the virtual cluster has bound it to meanwhile: its status there would be a lie.
 */
export function toVirtualPod(
  host: Pod,
  virtual: Pod,
  context: Pick<SyncContext, 'translator' | 'virtual'>,
): VirtualChange<Pod> {
  const [bound, node] = [virtual.spec?.nodeName, host.spec?.nodeName];
  if (bound && node && bound !== node) {
    throw new NotYet(`the pod is bound to node ${bound}, but the host runs it on ${node}`, { event: 'NodeMismatch' });
  }
  const given = toleratedByHost(virtual, host, context);
  return {
    ...(given.length > 0 ? { patch: { spec: { tolerations: [...(virtual.spec?.tolerations ?? []), ...given] } } } : {}),
    bindTo: bound || virtual.metadata.deletionTimestamp ? undefined : node,
    status: virtualPodStatus(host, virtual, context.translator),
  };
}
