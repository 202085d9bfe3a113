import type { Pod } from '../kube/types.ts';
import { virtualMessage } from './event-message.ts';
import { virtualConditions } from './pod-conditions.ts';
import { namesOnHost } from './references.ts';
import type { Translator } from './translator.ts';

type PodStatus = NonNullable<Pod['status']>;
type ContainerStatus = NonNullable<PodStatus['containerStatuses']>[number];
type Words = (message: string) => string;

/**
 * Returns the status the virtual pod should have: the host pod's, without containers that only the host knows (sidecars injected
 * there), with generations of the virtual object, in the tenant's words, and with the conditions that were set in the virtual
 * cluster. QoS class (it can never change) and what controllers of the virtual cluster say of resource claims stay as they are.
 */
export function virtualPodStatus(host: Pod, virtual: Pod, translator: Translator): PodStatus {
  const generationOf = (observed: number | undefined) =>
    observed === undefined
      ? undefined
      : observed === host.metadata.generation
        ? virtual.metadata.generation
        : virtual.status?.observedGeneration;
  const words = wordsFor(host, virtual, translator);
  const {
    conditions: _,
    extendedResourceClaimStatus: __,
    nodeAllocatableResourceClaimStatuses: ___,
    resourceClaimStatuses: ____,
    ...plain
  } = host.status ?? {};
  const conditions = virtualConditions(host, virtual, generationOf).map((condition) => withMessage(condition, words));
  const { resourceClaimStatuses } = virtual.status ?? {};
  return {
    ...withMessage(plain, words),
    observedGeneration: generationOf(plain.observedGeneration),
    qosClass: virtual.status?.qosClass ?? plain.qosClass,
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(resourceClaimStatuses ? { resourceClaimStatuses } : {}),
    containerStatuses: known(plain.containerStatuses, virtual.spec?.containers, words),
    initContainerStatuses: known(plain.initContainerStatuses, virtual.spec?.initContainers, words),
    ephemeralContainerStatuses: known(plain.ephemeralContainerStatuses, virtual.spec?.ephemeralContainers, words),
  };
}

function known(
  statuses: ContainerStatus[] | undefined,
  containers: { name: string }[] | undefined,
  words: Words,
): ContainerStatus[] | undefined {
  if (!statuses) return undefined;
  const names = new Set((containers ?? []).map(({ name }) => name));
  return statuses.filter(({ name }) => names.has(name)).map((status) => withWaitingMessage(status, words));
}

/** What a container said when it ended is its own. */
function withWaitingMessage(status: ContainerStatus, words: Words): ContainerStatus {
  const waiting = status.state?.waiting;
  return waiting?.message ? { ...status, state: { ...status.state, waiting: withMessage(waiting, words) } } : status;
}

function withMessage<T extends { message?: string | undefined }>(part: T, words: Words): T {
  return part.message ? { ...part, message: words(part.message) } : part;
}

/** Returns what says a message about `host` in names that the tenant knows, such as `secret "web" not found`. */
function wordsFor(host: Pod, virtual: Pod, translator: Translator): Words {
  const { name, namespace = '', uid } = virtual.metadata;
  let names: ReturnType<typeof namesOnHost> | undefined;
  const ownerOf = (hostName: string) => {
    if (hostName === host.metadata.name) return { namespace, name };
    names ??= namesOnHost(virtual, translator);
    return names.get(hostName);
  };
  const uids = new Map(host.metadata.uid && uid ? [[host.metadata.uid, uid]] : []);
  return (message) => virtualMessage(message, { hostNamespace: translator.hostNamespace, namespace, ownerOf, uids });
}
