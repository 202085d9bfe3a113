import { type Node, type Pod, type Secret, type Service, joinKey, resources } from '../../kube/types.ts';
import { downwardAnnotations, hostEphemeralContainers, hostPodSpec } from '../../translate/pod-spec.ts';
import { virtualPodStatus } from '../../translate/pod-status.ts';
import { serviceEnv } from '../../translate/service-env.ts';
import { tokenProjections, tokenSecretKind, tokenSecretName } from '../../translate/token-projections.ts';
import { marks } from '../../translate/translator.ts';
import { clusterDnsOf, requireClusterDns, whenDnsIsThere } from '../cluster-dns.ts';
import { NotYet, type SyncContext, type VirtualChange, defineSyncer, enqueueFrom, indexBy } from '../define-syncer.ts';

const byNamespace = 'services-by-namespace';

/** Runs virtual pods on the host and brings their node and status back. */
export const podSyncer = defineSyncer<Pod>({
  resource: resources.pods,
  life: 'runs',
  indexes: [indexBy<Service>('virtual', resources.services, byNamespace, ({ metadata }) => [metadata.namespace ?? ''])],
  enqueuedBy: [
    // A pod waits for its node to be mirrored before it is bound.
    enqueueFrom<Node>('virtual', resources.nodes, () => []),
    // A pod waits for its tokens before it is created.
    enqueueFrom<Secret>('host', resources.secrets, (secret, { translator }) => {
      const owner = translator.ownerOf(secret, tokenSecretKind);
      return owner ? [joinKey(owner.namespace, owner.name)] : [];
    }),
    whenDnsIsThere,
  ],
  selects: mayRun,
  wasOnHost,
  toHost: toHostPod,
  beforeCreate: (virtual, context) => {
    requireTokens(virtual, context);
    requireClusterDns(virtual, context);
  },
  hostPatch: podPatch,
  hostSubresources: [
    { subresource: 'ephemeralcontainers', patch: ephemeralContainersPatch },
    { subresource: 'resize', patch: resizePatch },
  ],
  toVirtual: toVirtualPod,
});

/** Whether a host pod of `virtual` is still to be made. */
export function startsOnHost(virtual: Pod): boolean {
  return mayRun(virtual) && !wasOnHost(virtual) && virtual.metadata.deletionTimestamp === undefined;
}

/** Whether `virtual` has come to its end, completed or failed. */
export function hasEnded({ status }: Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

function mayRun(virtual: Pod): boolean {
  return !hasEnded(virtual) && !virtual.spec?.schedulingGates?.length;
}

function wasOnHost({ status }: Pod): boolean {
  const isScheduled = (status?.conditions ?? []).some(
    ({ type, status: is }) => type === 'PodScheduled' && is === 'True',
  );
  return status?.podIP !== undefined || isScheduled;
}

/** Throws NotYet until the host has every service-account token of `virtual` itself, not of a predecessor with the same name. */
export function requireTokens(virtual: Pod, { host, translator }: SyncContext): void {
  const wanted = tokenProjections(virtual);
  if (wanted.length === 0) return;
  const key = joinKey(translator.hostNamespace, tokenSecretName(virtual, translator));
  const secret = host.lister<Secret>(resources.secrets).get(key);
  const isOwn = secret?.metadata.annotations?.[marks.ownerUid] === virtual.metadata.uid;
  const usable = isOwn && !secret?.metadata.deletionTimestamp;
  if (usable && wanted.every((token) => secret?.data?.[token.key])) return;
  throw new NotYet(
    `the host has no token of service account ${virtual.spec?.serviceAccountName ?? 'default'} for it yet`,
  );
}

/** Returns the host pod that `virtual` should have. Throws NotYet until the virtual API server's own Service has its address. */
export function toHostPod(virtual: Pod, context: SyncContext): Pod {
  const { translator } = context;
  const object = translator.hostObject(resources.pods, virtual);
  const annotations = { ...object.metadata.annotations, ...downwardAnnotations(virtual) };
  return {
    ...object,
    metadata: { ...object.metadata, annotations },
    spec: hostPodSpec(virtual, translator, serviceEnv(servicesSeenBy(virtual, context)), clusterDnsOf(context)),
  };
}

/** The kubelet's rule (getServiceEnvVarMap): always the API server's Service, and with service links those of the pod's namespace. */
function servicesSeenBy({ metadata, spec }: Pod, { virtual }: SyncContext): Service[] {
  const services = virtual.lister<Service>(resources.services);
  const apiServer = services.get('default/kubernetes');
  if (!apiServer?.spec?.clusterIP) throw new NotYet('default/kubernetes has no address yet');
  if (spec?.enableServiceLinks === false || metadata.namespace === 'default') {
    const own = spec?.enableServiceLinks === false ? [] : services.byIndex(byNamespace, 'default');
    return [apiServer, ...sorted(own.filter((service) => service.metadata.name !== 'kubernetes'))];
  }
  const own = services.byIndex(byNamespace, metadata.namespace ?? '');
  return [...(own.some((service) => service.metadata.name === 'kubernetes') ? [] : [apiServer]), ...sorted(own)];
}

function sorted(services: Service[]): Service[] {
  return services.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Of a running pod only images, the deadline and further tolerations can change (ValidatePodUpdate). */
export function podPatch(desired: Pod, host: Pod): object | undefined {
  const spec: { [field: string]: unknown } = {};
  for (const field of ['containers', 'initContainers'] as const) {
    const changed = (desired.spec?.[field] ?? []).flatMap(({ name, image }) => {
      const live = host.spec?.[field]?.find((container) => container.name === name);
      return live && image && live.image !== image ? [{ name, image }] : [];
    });
    if (changed.length > 0) spec[field] = changed;
  }
  const deadline = desired.spec?.activeDeadlineSeconds;
  if (deadline !== undefined && deadline !== host.spec?.activeDeadlineSeconds) spec['activeDeadlineSeconds'] = deadline;
  const live = host.spec?.tolerations ?? [];
  const added = (desired.spec?.tolerations ?? []).filter(
    (wanted) =>
      !live.some(
        ({ key, operator, effect }) => key === wanted.key && operator === wanted.operator && effect === wanted.effect,
      ),
  );
  if (added.length > 0) spec['tolerations'] = [...live, ...added];
  return Object.keys(spec).length > 0 ? { spec } : undefined;
}

/** Ephemeral containers can be added, never changed or removed. */
export function ephemeralContainersPatch(virtual: Pod, host: Pod, context: SyncContext): object | undefined {
  const there = new Set((host.spec?.ephemeralContainers ?? []).map(({ name }) => name));
  const { ephemeralContainers = [] } = virtual.spec ?? {};
  if (ephemeralContainers.every(({ name }) => there.has(name))) return undefined;
  const wanted = hostEphemeralContainers(virtual, context.translator, serviceEnv(servicesSeenBy(virtual, context)));
  return { spec: { ephemeralContainers: wanted.filter(({ name }) => !there.has(name)) } };
}

/**
 * Resources of a running container can change in place (Kubernetes 1.35). A pod as it was created is left alone: what differs there is
 * what the host's admission chose.
 */
export function resizePatch({ metadata, spec }: Pod, host: Pod): object | undefined {
  if ((metadata.generation ?? 1) <= 1) return undefined;
  const changed: { [field: string]: unknown } = {};
  for (const field of ['containers', 'initContainers'] as const) {
    const resized = (spec?.[field] ?? []).flatMap(({ name, resources: wanted }) => {
      const live = host.spec?.[field]?.find((container) => container.name === name);
      const differs = (['requests', 'limits'] as const).some((part) =>
        Object.entries(wanted?.[part] ?? {}).some(([key, amount]) => live?.resources?.[part]?.[key] !== amount),
      );
      return live && differs ? [{ name, resources: { requests: wanted?.requests, limits: wanted?.limits } }] : [];
    });
    if (resized.length > 0) changed[field] = resized;
  }
  return Object.keys(changed).length > 0 ? { spec: changed } : undefined;
}

/** Returns the node and the status that `host` gives to `virtual`. */
export function toVirtualPod(host: Pod, virtual: Pod): VirtualChange<Pod> {
  return {
    bindTo: virtual.spec?.nodeName || virtual.metadata.deletionTimestamp ? undefined : host.spec?.nodeName,
    status: virtualPodStatus(host, virtual),
  };
}
