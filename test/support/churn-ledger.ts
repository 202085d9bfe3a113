import { type Resource, joinKey } from '../../src/kube/types.ts';

/** What an API server has confirmed of an object: it is there with this content (at least), it is gone, or the answer never came. */
export type Fate = { is: 'there'; content: unknown } | { is: 'gone' } | { is: 'unknown' };

/** The fate of every object that a churn works on. What it says is there must be there after any fault. */
export interface ChurnLedger {
  fateOf(resource: Resource, namespace: string, name: string): Fate;
  note(resource: Resource, namespace: string, name: string, fate: Fate): void;
  /** Every object of `namespace` shares its fate. */
  noteAll(namespace: string, fate: Fate): void;
  entries(): { plural: string; key: string; fate: Fate }[];
}

/** Returns an empty ledger: everything is gone. */
export function createChurnLedger(): ChurnLedger {
  const entries = new Map<string, { plural: string; namespace: string; key: string; fate: Fate }>();
  const idOf = ({ plural }: Resource, namespace: string, name: string) => `${plural}/${joinKey(namespace, name)}`;
  return {
    fateOf: (resource, namespace, name) => entries.get(idOf(resource, namespace, name))?.fate ?? { is: 'gone' },
    note(resource, namespace, name, fate) {
      const { plural } = resource;
      entries.set(idOf(resource, namespace, name), { plural, namespace, key: joinKey(namespace, name), fate });
    },
    noteAll(namespace, fate) {
      for (const entry of entries.values()) if (entry.namespace === namespace) entry.fate = fate;
    },
    entries: () => [...entries.values()].map(({ plural, key, fate }) => ({ plural, key, fate })),
  };
}

/** Says which step of a churn wrote an object last. */
export const stepAnnotation = 'churn.test/step';
