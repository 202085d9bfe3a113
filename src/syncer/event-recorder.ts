import { createHash } from 'node:crypto';
import type { KubeClient } from '../kube/client.ts';
import { isAlreadyExists, isOfEndingNamespace } from '../kube/errors.ts';
import { timestamp } from '../kube/timestamp.ts';
import { type KubeObject, type Resource, apiVersionOf, resources } from '../kube/types.ts';

/** Tells the tenant, by a Warning event on the virtual object, what stands in the way. */
export interface EventRecorder {
  /**
   * Resolves when written or given up; never rejects. There is one event for each object and reason, with the last words and a count: a quota names other
   * figures at each try. The same words are repeated at most once a minute.
   */
  warn(resource: Resource, object: KubeObject, reason: string, message: string): Promise<void>;
}

const repeatAfterMs = 60_000;
const maxRemembered = 10_000;
/** The API server refuses longer ones (ValidateEvent). */
const maxMessageLength = 1024;

interface EventObject extends KubeObject {
  message: string;
  count?: number;
  lastTimestamp?: string;
}

/** Returns a recorder that writes core/v1 events of `component` to `client`. `onError` hears of events that could not be written. */
export function createEventRecorder({
  client,
  component = 'k3v-syncer',
  now,
  onError,
}: {
  client: KubeClient;
  /** Default: the syncer. */
  component?: string;
  now: () => number;
  onError: (error: unknown) => void;
}): EventRecorder {
  const said = new Map<string, { atMs: number; message: string }>();
  return {
    async warn(resource, object, reason, message) {
      const { name, namespace = 'default', uid } = object.metadata;
      const digest = createHash('sha256').update([uid, reason].join('\0')).digest('hex').slice(0, 16);
      const last = said.get(digest);
      if (last?.message === message && now() - last.atMs < repeatAfterMs) return;
      if (said.size >= maxRemembered) said.clear();
      said.set(digest, { atMs: now(), message });
      const at = timestamp(now());
      const eventName = `${name.slice(0, 230)}.${digest}`;
      const event = {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName, namespace },
        involvedObject: {
          apiVersion: apiVersionOf(resource),
          kind: resource.kind,
          name,
          ...(object.metadata.namespace ? { namespace: object.metadata.namespace } : {}),
          uid,
          resourceVersion: object.metadata.resourceVersion,
        },
        type: 'Warning',
        reason,
        message: message.slice(0, maxMessageLength),
        source: { component },
        reportingComponent: component,
        reportingInstance: 'k3v',
        firstTimestamp: at,
        lastTimestamp: at,
        count: 1,
      };
      try {
        await client.create(resources.events, event);
      } catch (error) {
        if (isOfEndingNamespace(error)) return;
        if (!isAlreadyExists(error)) return onError(error);
        await countUp(client, event, at).catch(onError);
      }
    },
  };
}

async function countUp(client: KubeClient, { metadata, message }: EventObject, at: string): Promise<void> {
  const ref = { resource: resources.events, namespace: metadata.namespace, name: metadata.name };
  const { count = 1 } = await client.get<EventObject>(ref);
  await client.patch(ref, 'merge', { count: count + 1, lastTimestamp: at, message });
}
