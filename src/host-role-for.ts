import { hostRole } from './host/host-role.ts';
import { roleExtras } from './host/role-extras.ts';
import type { ResourceRight } from './kube/resource-right.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import { optInKinds } from './syncer/registry.ts';
import type { SyncRule } from './syncer/sync-rules.ts';

/** What kinds that `--sync` names can do without. */
const offered = optInKinds.flatMap(({ rights }) => rights.filter(({ needed }) => !needed));

/** The words by which `--with` adds what k3v can do without; beside them it takes what `--sync` takes. */
export const optionalWords: string[] = [
  ...new Set([...roleExtras.map(({ name }) => name), ...offered.map(({ plural }) => plural)]),
];

/**
 * Returns, as YAML, the Role for `namespace` with what `words` add: what k3v does only where it may, and kinds that `--sync` switches on by `rules`.
 * Throws FLAG_INVALID.
 */
export function hostRoleFor(
  namespace: string,
  words: string[],
  rules: ReadonlyMap<string, SyncRule> = new Map(),
): string {
  return hostRole(namespace, rightsFor(words, rules));
}

/** Returns the rights that `words` add to those that k3v always needs, as `hostRoleFor` does. Throws FLAG_INVALID. */
export function rightsFor(words: string[], rules: ReadonlyMap<string, SyncRule> = new Map()): ResourceRight[] {
  const others = words.filter((word) => !optionalWords.includes(word));
  const { kinds } = chooseKinds(others, { flag: '--with', others: optionalWords, rules });
  const chosen = kinds.flatMap(({ rights }) => rights);
  // What is of one object only is of use to the kind that it is for.
  const reads = new Set([
    ...offered.filter(({ name }) => name === undefined),
    ...chosen.filter(({ needed }) => !needed),
  ]);
  return [
    ...roleExtras.flatMap(({ name, rights }) => (words.includes(name) ? rights : [])),
    ...chosen.filter(({ needed }) => needed),
    ...[...reads].filter(({ plural }) => words.includes(plural)),
  ];
}
