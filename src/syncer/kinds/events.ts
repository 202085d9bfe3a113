import { createHash } from 'node:crypto';
import {
  type KubeEvent,
  type KubeObject,
  type Pod,
  type Resource,
  apiVersionOf,
  joinKey,
  resources,
} from '../../kube/types.ts';
import { virtualMessage } from '../../translate/event-message.ts';
import { mayBeHostName } from '../../translate/names.ts';
import { namesOnHost } from '../../translate/references.ts';
import { tokenSecretKind, trustBundlesKind } from '../../translate/projected-files.ts';
import { type HostOwner, marks } from '../../translate/translator.ts';
import type { SyncContext } from '../sync-context.ts';

/** The kinds whose host events the tenant sees. */
export const kindsWithEvents: readonly Resource[] = [
  resources.pods,
  resources.persistentVolumeClaims,
  resources.services,
];
/** Kinds of host objects that messages name. */
const namedKinds: readonly Resource[] = [...kindsWithEvents, resources.configMaps, resources.secrets];

type ObjectReference = KubeEvent['involvedObject'];
type Names = Map<string, { namespace: string; name: string }>;

/** A host object of ours, and the virtual one that it mirrors; undefined if that is not known any more. */
export interface Involved {
  host: KubeObject;
  owner: HostOwner;
  virtual: KubeObject | undefined;
}

/**
 * Returns the part of a host event that is needed, or undefined if it cannot be about an object of ours. Others write to the host namespace
 * too: their events are not to cost memory.
 */
export function keepHostEvent(event: KubeEvent): KubeEvent | undefined {
  const { name = '', namespace } = event.involvedObject;
  if (!resourceOf(event.involvedObject) || namespace !== event.metadata.namespace || !mayBeHostName(name)) {
    return undefined;
  }
  const { name: own, uid, resourceVersion, creationTimestamp } = event.metadata;
  return { ...event, metadata: { name: own, namespace, uid, resourceVersion, creationTimestamp } };
}

/** Returns the resource that `reference` is of, if it is one of those whose events the tenant sees. */
export function resourceOf({ apiVersion, kind }: ObjectReference): Resource | undefined {
  return kindsWithEvents.find((each) => each.kind === kind && apiVersionOf(each) === apiVersion);
}

/**
 * Returns the key of the virtual event that stands for `event`: the same after a restart. Recorders name an event by its object and the time in
 * hexadecimal nanoseconds; the time is kept, as `kubectl describe` shows events of the same second in the order of their names.
 */
export function virtualEventKey({ metadata }: KubeEvent, { namespace, name }: HostOwner): string {
  const [, time = ''] = /\.([0-9a-f]{16})$/.exec(metadata.name) ?? [];
  const digest = createHash('sha256')
    .update(metadata.uid ?? '')
    .digest('hex')
    .slice(0, 8);
  return joinKey(namespace, `${name.slice(0, 220).replace(/[.-]+$/, '')}.${time}${digest}`);
}

/** When it last happened, in epoch milliseconds; 0 if the event does not say. */
export function lastSeenMs({ series, lastTimestamp, eventTime, metadata }: KubeEvent): number {
  const at = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
  return Date.parse(at ?? '') || 0;
}

/**
 * Returns the virtual event for a host event about `involved`, or undefined if the tenant has no such thing: a container that host
 * admission has put in. Times, counts and who reported it stay.
 */
export function toVirtualEvent(event: KubeEvent, involved: Involved, context: SyncContext): KubeEvent | undefined {
  const { owner, virtual } = involved;
  const { fieldPath } = event.involvedObject;
  if (virtual?.kind === resources.pods.kind && !hasContainer(virtual, fieldPath)) return undefined;
  const { apiVersion, kind } = event.involvedObject;
  const { namespace, name, uid } = owner;
  const key = virtualEventKey(event, owner);
  const { type, reason, action, count, firstTimestamp, lastTimestamp, eventTime, series, source } = event;
  const { reportingComponent, reportingInstance } = event;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: key.slice(namespace.length + 1),
      namespace,
      labels: { [marks.managedLabel]: 'true' },
    },
    involvedObject: { apiVersion, kind, namespace, name, uid, fieldPath },
    type,
    reason,
    message: eventWords(involved, event.message ?? '', context),
    action,
    count,
    firstTimestamp,
    lastTimestamp,
    eventTime,
    series,
    source,
    reportingComponent,
    reportingInstance,
  };
}

/** Returns `message`, in which the host speaks of `involved`, in the tenant's words. */
export function eventWords(involved: Involved, message: string, context: SyncContext): string {
  const { host, owner } = involved;
  return virtualMessage(message, {
    hostNamespace: context.translator.hostNamespace,
    namespace: owner.namespace,
    ownerOf: ownersNamedBy(involved, context),
    uids: new Map(host.metadata.uid && owner.uid ? [[host.metadata.uid, owner.uid]] : []),
  });
}

/** Whether a field path such as `spec.containers{main}` speaks of a container that the tenant's pod has. */
function hasContainer(pod: KubeObject, fieldPath: string | undefined): boolean {
  const [, field, name] = /^spec\.((?:init|ephemeral)?[cC]ontainers)\{(.+)\}$/.exec(fieldPath ?? '') ?? [];
  if (field === undefined) return true;
  const containers: unknown = Reflect.get(Object(Reflect.get(pod, 'spec')), field);
  return Array.isArray(containers) && containers.some((each) => Reflect.get(Object(each), 'name') === name);
}

/** What a pod names may be missing on the host ("not found"); all else that a message may name is there. */
function ownersNamedBy({ host, owner, virtual }: Involved, context: SyncContext) {
  let references: Names | undefined;
  return (hostName: string) => {
    if (hostName === host.metadata.name) return owner;
    references ??= virtual?.kind === resources.pods.kind ? referencesOf(virtual as Pod, context) : new Map();
    return references.get(hostName) ?? storedOwnerOf(hostName, context);
  };
}

function referencesOf(pod: Pod, { translator }: SyncContext): Names {
  const namespace = pod.metadata.namespace ?? '';
  const names: Names = namesOnHost(pod, translator);
  for (const [kind, word] of companionWords) {
    names.set(translator.hostName(kind, namespace, pod.metadata.name), {
      namespace,
      name: `${pod.metadata.name}-${word}`,
    });
  }
  return names;
}

function storedOwnerOf(hostName: string, { host, translator }: SyncContext): HostOwner | undefined {
  for (const resource of namedKinds) {
    const found = host.lister(resource).get(joinKey(translator.hostNamespace, hostName));
    const owner = found && translator.ownerOf(found, found.metadata.annotations?.[marks.ownerKind] ?? '');
    const word = companionWords.get(owner?.kind ?? '');
    if (owner) return word ? { ...owner, name: `${owner.name}-${word}` } : owner;
  }
  return undefined;
}

/** The tenant has no such objects: words for them that explain themselves. */
const companionWords = new Map([
  [tokenSecretKind, 'token'],
  [trustBundlesKind, 'trust-bundles'],
]);
