import type { KubeClient } from '../kube/client.ts';
import type { Informer } from '../kube/informer.ts';
import { ifFound } from '../kube/errors.ts';
import { mergePatchOf } from '../kube/merge-patch.ts';
import { type KubeObject, keyOf } from '../kube/types.ts';
import { forgetEldest } from '../forget-eldest.ts';
import type { FutileWrites } from './futile-writes.ts';
import { reachesBeyond } from './reaches-beyond.ts';

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
  /** Makes `live` what `wanted` is, unless somebody has written to it since: that is a conflict (409). */
  become(live: T, wanted: T): Promise<void>;
  /**
   * Deletes exactly this object, with `resourceVersion` only while it is as it was then; an object that has gone already is fine. One that the server said
   * is gone is not deleted again.
   */
  delete(
    object: T,
    options?: { graceSeconds?: number | undefined; resourceVersion?: string | undefined },
  ): Promise<void>;
  /** Whether the server has said that it deleted the object with this UID for good, when it was asked here. */
  hasDeleted(uid: string): boolean;
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
  const subresources = new Set<string | undefined>([undefined]);
  const idOf = (object: T, subresource: string | undefined) =>
    [side, resource.plural, keyOf(object), subresource ?? ''].join('/');
  const refOf = ({ metadata: { namespace, name } }: T) => ({ resource, namespace, name });
  return {
    async create(object) {
      const created = await client.create(resource, object);
      informer.observe(created);
      return created;
    },
    async patch(live, change, { type = 'merge', subresource } = {}) {
      const patch = change(live);
      const id = idOf(live, subresource);
      if (!patch || futile.has(id, live.metadata.uid, patch)) return live;
      const body = withMetadata(patch, { uid: live.metadata.uid });
      const after = await client.patch<T>(refOf(live), type, body, subresource ? { subresource } : {});
      const rest = change(after);
      // Somebody else has written meanwhile. The watch is to tell of that, with the object as it was: it may no longer say whose it is.
      if (rest && reachesBeyond(rest, patch)) return after;
      informer.observe(after);
      subresources.add(subresource);
      await futile.record(id, live.metadata.uid, rest);
      return after;
    },
    async become(live, wanted) {
      const patch = mergePatchOf(live, wanted);
      if (!patch) return;
      const { uid, resourceVersion } = live.metadata;
      const body = withMetadata(patch, { uid, resourceVersion });
      informer.observe(await client.patch<T>(refOf(live), 'merge', body));
    },
    async delete(object, { graceSeconds, resourceVersion } = {}) {
      const { uid = '' } = object.metadata;
      if (gone.has(uid)) return;
      const options = { uid: object.metadata.uid, resourceVersion, gracePeriodSeconds: graceSeconds };
      const answer = await ifFound(client.delete(refOf(object), options));
      for (const subresource of subresources) await futile.record(idOf(object, subresource), uid, undefined);
      if (isTerminating<T>(answer, uid)) return informer.observe(answer);
      if (uid !== '') gone.add(uid);
      forgetEldest(gone, maxGone);
    },
    hasDeleted: (uid) => gone.has(uid),
  };
}

/** A finalizer or the grace period keeps the object for now; else the answer is a Status, or the object as it was. */
function isTerminating<T extends KubeObject>(answer: unknown, uid: string): answer is T {
  const metadata: unknown = Reflect.get(Object(answer), 'metadata');
  return (
    Reflect.get(Object(metadata), 'uid') === uid && Reflect.get(Object(metadata), 'deletionTimestamp') !== undefined
  );
}

function withMetadata(patch: object, more: { uid: string | undefined; resourceVersion?: string | undefined }): object {
  const metadata = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {};
  return { ...patch, metadata: { ...metadata, ...more } };
}
