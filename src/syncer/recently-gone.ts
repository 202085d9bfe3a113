import type { Informer } from '../kube/informer.ts';
import type { KubeObject } from '../kube/types.ts';
import { forgetEldest } from './forget-eldest.ts';

const maxRemembered = 500;

/** Returns the objects that `informers` saw go last, by UID, in their last form. Call it before the informers start. */
export function rememberGone<T extends KubeObject>(informers: Informer<T>[]): ReadonlyMap<string, T> {
  const gone = new Map<string, T>();
  for (const informer of informers) {
    informer.onChange(({ previous, current }) => {
      const uid = previous?.metadata.uid;
      if (!previous || !uid || uid === current?.metadata.uid) return;
      gone.set(uid, previous);
      forgetEldest(gone, maxRemembered);
    });
  }
  return gone;
}
