import { hostNamePattern } from './names.ts';

/** What the words of a host event stand for in the virtual cluster. */
export interface WordsOfHost {
  hostNamespace: string;
  /** The namespace of the virtual object that the event is about. */
  namespace: string;
  /** Returns the virtual object that a host name stands for, or undefined if it is none of ours. */
  ownerOf: (hostName: string) => { namespace: string; name: string } | undefined;
  /** UIDs of host objects, each with that of the virtual object it mirrors. */
  uids: ReadonlyMap<string, string>;
}

/** How an API server says that its RBAC does not allow something (ForbiddenMessage): it names k3v's account on the host. */
const lackOfRight = /^.* is forbidden: User "[^"]*" cannot (\S+) resource "([^"]+)".*$/;

/** The API server refuses longer ones (ValidateEvent). */
const maxLength = 1024;

/**
 * Returns `message` in the tenant's words: names of our host objects, alone or with the host namespace in any of the ways in which
 * Kubernetes writes the two (`team/web`, `"team"/"web"`, `web_team(uid)`, `web.team`), their UIDs, and `namespace "team"`; of a right that k3v lacks it says only which. All else
 * stays: a namespace is an everyday word, and `team/app:1` may be an image.
 */
export function virtualMessage(message: string, { hostNamespace, namespace, ownerOf, uids }: WordsOfHost): string {
  const { names, namespaces } = patternsFor(hostNamespace);
  let text = message
    .replace(lackOfRight, 'the host does not let k3v $1 $2')
    .replace(names, (whole, slash?: string, quoted?: string, hostName = '', joint?: string) => {
      const owner = ownerOf(hostName);
      if (!owner) return whole;
      const before = slash ? `${owner.namespace}/` : quoted ? `"${owner.namespace}"/"` : '';
      return `${before}${owner.name}${joint ? `${joint}${owner.namespace}` : ''}`;
    })
    .replace(namespaces, (_, before: string) => `${before}${namespace}`);
  for (const [hostUid, uid] of uids) text = text.replaceAll(hostUid, uid);
  return text.slice(0, maxLength);
}

function patternsFor(hostNamespace: string): { names: RegExp; namespaces: RegExp } {
  const qualifier = `(?:(${hostNamespace}/)|("${hostNamespace}"/"))?`;
  const joined = `(?:([_.])${hostNamespace}(?![a-z0-9-]))?`;
  return {
    names: new RegExp(`(?<![a-z0-9-])${qualifier}(${hostNamePattern})(?![a-z0-9])${joined}`, 'g'),
    namespaces: new RegExp(`(\\bnamespaces?[ :=/]{1,2}"?)${hostNamespace}(?![a-z0-9-])`, 'g'),
  };
}
