import type { KubeClient, ListOptions } from '../kube/client.ts';
import type { Informer, Lister } from '../kube/informer.ts';
import type { Keep, WatchMeter } from '../kube/reflector.ts';
import { createInformer } from '../kube/store-informer.ts';
import type { KubeObject, Resource } from '../kube/types.ts';
import type { Side } from './sync-context.ts';

/** Which objects of a resource a store holds, and what of them. */
export interface Scope extends ListOptions {
  /** Default: every object, whole. */
  keep?: Keep<KubeObject>;
}

/** The informers of one side, one per resource, made on demand until `start`. */
export interface SideStores extends Side {
  informer<T extends KubeObject>(resource: Resource): Informer<T>;
  /** Starts every informer; resolves when all have ended. */
  start(signal: AbortSignal): Promise<void>;
  /** Resolves when every informer holds its first list. */
  synced(): Promise<void>;
  /** Resolves when every informer holds a list that began after the call. */
  relist(): Promise<void>;
}

/**
 * Returns the stores of one side. `scope` says what to hold of a resource, or undefined if it may not be read: its
 * lister is then empty and `has` is false. `meter` gives what is told of the lists and watches of a resource.
 */
export function createSideStores({
  client,
  scope,
  onError,
  meter,
}: {
  client: KubeClient;
  scope: (resource: Resource) => Scope | undefined;
  onError: (resource: Resource, error: unknown) => void;
  meter?: ((resource: Resource) => WatchMeter) | undefined;
}): SideStores {
  const informers = new Map<string, Informer<KubeObject>>();
  const informer = <T extends KubeObject>(resource: Resource): Informer<T> => {
    const key = `${resource.group}/${resource.plural}`;
    let found = informers.get(key);
    if (!found) {
      const { keep, ...options } = scope(resource) ?? {};
      found = createInformer<KubeObject>({
        client,
        resource,
        options,
        keep,
        onError: (error) => onError(resource, error),
        meter: meter?.(resource),
      });
      informers.set(key, found);
    }
    return found as unknown as Informer<T>;
  };
  const readable = () => [...informers.values()].filter(({ resource }) => scope(resource) !== undefined);
  return {
    has: (resource) => scope(resource) !== undefined,
    informer,
    lister<T extends KubeObject>(resource: Resource): Lister<T> {
      if (!informers.has(`${resource.group}/${resource.plural}`)) {
        throw new Error(`no definition asked for ${resource.plural}`);
      }
      return informer<T>(resource);
    },
    async start(signal) {
      await Promise.all(readable().map((each) => each.start(signal)));
    },
    async synced() {
      await Promise.all(readable().map((each) => each.synced()));
    },
    async relist() {
      await Promise.all(readable().map((each) => each.relist()));
    },
  };
}
