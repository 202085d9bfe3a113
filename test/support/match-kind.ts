import { type KubeObject, keyOf } from '../../src/kube/types.ts';
import { type Translator, marks } from '../../src/translate/translator.ts';
import type { AuditResult } from './audit-result.ts';

/** How the host objects of one kind stand for their owners. */
export interface KindRule<V extends KubeObject, H extends KubeObject> {
  /** As the marks of the host objects name it. */
  kind: string;
  /** In findings. Default: the kind. */
  called?: string;
  owners: V[];
  /** Of that kind and of others: who owns them is looked at. */
  hosts: H[];
  /** Whether an owner has a host object. */
  crosses: (owner: V) => 'must' | 'may' | 'not';
  /** What of `host` does not fit its owner, in words. */
  differences: (owner: V, host: H) => string[];
}

/** Compares the objects of one kind on both sides, adds what is wrong to `result`, and returns the host objects that the rule is about. */
export function matchKind<V extends KubeObject, H extends KubeObject>(
  { kind, called = kind, owners, hosts, crosses, differences }: KindRule<V, H>,
  translator: Translator,
  result: AuditResult,
): H[] {
  const ofKind = hosts.filter(({ metadata }) => metadata.annotations?.[marks.ownerKind] === kind);
  const byUid = new Map(owners.map((owner) => [owner.metadata.uid, owner]));
  const found = new Map<V, H[]>();
  for (const host of ofKind) {
    const annotations = host.metadata.annotations ?? {};
    const owner = byUid.get(annotations[marks.ownerUid]);
    const line = `host ${called} ${host.metadata.name}`;
    const said = `${annotations[marks.ownerNamespace]}/${annotations[marks.ownerName]}`;
    if (!owner || keyOf(owner) !== said) {
      result.orphaned.push(`${line}: its owner ${said} (${annotations[marks.ownerUid]}) does not exist`);
    } else if (crosses(owner) === 'not') {
      result.orphaned.push(`${line}: its owner ${said} does not cross`);
    } else {
      found.set(owner, [...(found.get(owner) ?? []), host]);
    }
  }
  for (const owner of owners) {
    const { name, namespace = '' } = owner.metadata;
    const line = `${called} ${keyOf(owner)}`;
    const own = found.get(owner) ?? [];
    const [first] = own;
    const wanted = translator.hostName(kind, namespace, name);
    if (!first) {
      if (crosses(owner) === 'must') result.lost.push(`${line}: the host has none`);
    } else if (own.length > 1) {
      result.doubled.push(`${line}: on the host as ${own.map(({ metadata }) => metadata.name).join(', ')}`);
    } else {
      const named = first.metadata.name === wanted ? [] : [`the host object has the name ${first.metadata.name}`];
      const found = [...named, ...differences(owner, first)];
      if (found.length > 0) result.different.push(`${line}: ${found.join('; ')}`);
    }
  }
  return ofKind;
}
