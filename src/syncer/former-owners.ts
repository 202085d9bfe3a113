import type { Informer } from '../kube/informer.ts';
import type { KubeObject } from '../kube/types.ts';
import type { HostOwner } from '../translate/translator.ts';
import { forgetEldest } from '../forget-eldest.ts';

const maxRemembered = 1_000;

/**
 * Returns what `ownerOf` says of an object of `informer`; of one that says no more whose it is, as somebody took its annotations off, whose it was. Call it
 * before the informer starts.
 */
export function rememberOwners<T extends KubeObject>(
  informer: Informer<T>,
  ownerOf: (object: T) => HostOwner | undefined,
): (object: T) => HostOwner | undefined {
  const former = new Map<string, HostOwner>();
  informer.onChange(({ previous, current }) => {
    const uid = current?.metadata.uid;
    if (!current || !previous || !uid || uid !== previous.metadata.uid || ownerOf(current)) return;
    const owner = ownerOf(previous);
    if (owner) former.set(uid, owner);
    forgetEldest(former, maxRemembered);
  });
  return (object) => ownerOf(object) ?? former.get(object.metadata.uid ?? '');
}
