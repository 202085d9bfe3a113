import type { Informer } from '../kube/informer.ts';
import { type KubeObject, keyOf } from '../kube/types.ts';
import type { Translator } from '../translate/translator.ts';
import { forgetEldest } from '../forget-eldest.ts';
import type { HostObjects } from './host-objects.ts';

const maxRemembered = 1_000;

/**
 * Returns a function that deletes the host object of a virtual key if `informer` saw it vanish, without having been told to end, and it is there all the same: it has lost its labels, and
 * nobody else would ever delete it. To be called for a key that is to have no host object any more. Make it before the informer starts.
 */
export function createHiddenRemover<H extends KubeObject>(
  informer: Informer<H>,
  {
    hostObjects,
    translator,
    namedAs,
    isCollected,
    graceSeconds,
  }: {
    hostObjects: Pick<HostObjects<KubeObject, H>, 'find' | 'keyFor' | 'writer'>;
    translator: Translator;
    namedAs: string;
    /** Whether the host removes the object itself. */
    isCollected: (object: H) => boolean;
    /** That its end takes. Default: as the object says. */
    graceSeconds: number | undefined;
  },
): (key: string) => Promise<void> {
  /** UIDs by key. */
  const vanished = new Map<string, string>();
  informer.onChange(({ previous, current }) => {
    const object = current ?? previous;
    if (!object) return;
    const { uid, deletionTimestamp } = object.metadata;
    vanished.delete(keyOf(object));
    if (current || deletionTimestamp || !uid || isCollected(object)) return;
    vanished.set(keyOf(object), uid);
    forgetEldest(vanished, maxRemembered);
  });

  return async (key) => {
    if (vanished.size === 0) return;
    const hostKey = hostObjects.keyFor(key);
    const uid = vanished.get(hostKey);
    if (uid === undefined) return;
    if (!hostObjects.writer.hasDeleted(uid)) {
      const hidden = await hostObjects.find(key);
      const isOurs = hidden?.metadata.uid === uid && translator.ownerByMarks(hidden, namedAs) !== undefined;
      if (isOurs) await hostObjects.writer.delete(hidden, { graceSeconds });
    }
    vanished.delete(hostKey);
  };
}
