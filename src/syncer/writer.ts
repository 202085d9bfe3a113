import type { KubeClient } from '../kube/client.ts';
import type { Informer } from '../kube/informer.ts';
import { ifFound } from '../kube/errors.ts';
import { type KubeObject, keyOf } from '../kube/types.ts';
import type { FutileWrites } from './futile-writes.ts';

const maxGone = 1_000;

/** Writes objects of one resource on one side, and puts every answer into the informer's store at once. */
export interface Writer<T extends KubeObject> {
  create(object: T): Promise<T>;
  /**
   * Applies the patch that `change` finds necessary, with the object's UID as precondition. A patch that is known to
   * have no effect is not sent again. Returns the object as it then is.
   */
  patch(
    live: T,
    change: (live: T) => object | undefined,
    options?: { type?: 'merge' | 'strategic'; subresource?: string },
  ): Promise<T>;
  /**
   * Deletes exactly this object, with `resourceVersion` only while it is as it was then; an object that has gone already is fine. One that the server said
   * is gone is not deleted again.
   */
  delete(
    object: T,
    options?: { graceSeconds?: number | undefined; resourceVersion?: string | undefined },
  ): Promise<void>;
}

/** Returns the writer for what `informer` watches. `side` tells the futile writes of the two sides apart. */
export function createWriter<T extends KubeObject>({
  client,
  informer,
  side,
  futile,
}: {
  client: KubeClient;
  informer: Informer<T>;
  side: 'virtual' | 'host';
  futile: FutileWrites;
}): Writer<T> {
  const { resource } = informer;
  /** UIDs that the server has deleted for good; the watch tells of it a moment later, and until then the store still has them. */
  const gone = new Set<string>();
  const refOf = ({ metadata: { namespace, name } }: T) => ({ resource, namespace, name });
  return {
    async create(object) {
      const created = await client.create(resource, object);
      informer.observe(created);
      return created;
    },
    async patch(live, change, { type = 'merge', subresource } = {}) {
      const patch = change(live);
      const id = [side, resource.plural, keyOf(live), subresource ?? ''].join('/');
      if (!patch || futile.has(id, patch)) return live;
      const body = withUid(patch, live.metadata.uid);
      const after = await client.patch<T>(refOf(live), type, body, subresource ? { subresource } : {});
      informer.observe(after);
      await futile.record(id, change(after));
      return after;
    },
    async delete(object, { graceSeconds, resourceVersion } = {}) {
      const { uid = '' } = object.metadata;
      if (gone.has(uid)) return;
      const options = { uid: object.metadata.uid, resourceVersion, gracePeriodSeconds: graceSeconds };
      const answer = await ifFound(client.delete(refOf(object), options));
      if (isTerminating<T>(answer, uid)) return informer.observe(answer);
      if (uid !== '') gone.add(uid);
      const [eldest = ''] = gone;
      if (gone.size > maxGone) gone.delete(eldest);
    },
  };
}

/** A finalizer or the grace period keeps the object for now; else the answer is a Status, or the object as it was. */
function isTerminating<T extends KubeObject>(answer: unknown, uid: string): answer is T {
  const metadata: unknown = Reflect.get(Object(answer), 'metadata');
  return (
    Reflect.get(Object(metadata), 'uid') === uid && Reflect.get(Object(metadata), 'deletionTimestamp') !== undefined
  );
}

function withUid(patch: object, uid: string | undefined): object {
  const metadata = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  return { ...patch, metadata: { ...metadata, uid } };
}
