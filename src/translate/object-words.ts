import type { KubeObject } from '../kube/types.ts';
import { virtualMessage } from './event-message.ts';
import type { Translator } from './translator.ts';

/** Returns what says a host API server's or controller's message about the host object of `virtual` in names that the tenant knows. */
export function wordsAbout(
  kind: string,
  virtual: KubeObject,
  { hostName, hostNamespace }: Pick<Translator, 'hostName' | 'hostNamespace'>,
  hostUid?: string,
): (message: string) => string {
  const { name, namespace = '', uid } = virtual.metadata;
  const own = hostName(kind, namespace, name);
  const ownerOf = (found: string) => (found === own ? { namespace, name } : undefined);
  const uids = new Map(hostUid && uid ? [[hostUid, uid]] : []);
  return (message) => virtualMessage(message, { hostNamespace, namespace, ownerOf, uids });
}
