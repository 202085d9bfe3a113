import type { Informer } from '../kube/informer.ts';
import type { KubeObject } from '../kube/types.ts';
import { forgetEldest } from '../forget-eldest.ts';

const maxRemembered = 500;

/** Returns the objects that `informers` saw go last, in their last form, by what `idOf` says of it: default its UID. Call it before the informers start. */
export function rememberGone<T extends KubeObject>(
  informers: Informer<T>[],
  idOf: (object: T) => string | undefined = ({ metadata }) => metadata.uid,
): ReadonlyMap<string, T> {
  const gone = new Map<string, T>();
  for (const informer of informers) {
    informer.onChange(({ previous, current }) => {
      const uid = previous?.metadata.uid;
      if (!previous || !uid || uid === current?.metadata.uid) return;
      const id = idOf(previous);
      if (id === undefined) return;
      gone.delete(id);
      gone.set(id, previous);
      forgetEldest(gone, maxRemembered);
    });
  }
  return gone;
}
