import type { KubeObject } from '../kube/types.ts';
import type { SyncContext } from './define-syncer.ts';
import { wordsAbout } from './kinds/events.ts';

/** How an API server says that its RBAC does not allow something (ForbiddenMessage). */
const lackOfRight = / is forbidden: User "[^"]*" cannot (\S+) resource "([^"]+)"/;

/**
 * Returns why something cannot be done about the virtual `object`, for its tenant to read: of a right that k3v lacks on the host only what is missing,
 * all else in the host's words with virtual names. `hostName` is the name of its host object.
 */
export function refusalWords(
  message: string,
  { object, hostName, context }: { object: KubeObject; hostName: string; context: SyncContext },
): string {
  const [, verb, resource] = lackOfRight.exec(message) ?? [];
  if (verb) return `the host does not let k3v ${verb} ${resource}`;
  const { name, namespace = '', uid } = object.metadata;
  const owner = { kind: object.kind ?? '', namespace, name, uid };
  return wordsAbout({ host: { metadata: { name: hostName } }, owner, virtual: object }, message, context);
}
