import { hostRole, roleExtras } from './host/host-rights.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import { optInKinds } from './syncer/registry.ts';
import type { SyncRule } from './syncer/sync-rules.ts';

/**
 * Returns, as YAML, the Role for `namespace` with what `words` add: kinds that k3v reads if it may, and kinds that `--sync` switches on by `rules`.
 * Throws FLAG_INVALID.
 */
export function hostRoleFor(
  namespace: string,
  words: string[],
  rules: ReadonlyMap<string, SyncRule> = new Map(),
): string {
  const optional = new Set<string>(roleExtras);
  const offered = optInKinds.flatMap(({ rights }) => rights.filter(({ needed }) => !needed));
  for (const { plural } of offered) optional.add(plural);
  const others = words.filter((word) => !optional.has(word));
  const { kinds } = chooseKinds(others, { flag: '--with', others: [...optional], rules });
  const chosen = kinds.flatMap(({ rights }) => rights);
  // What is of one object only is of use to the kind that it is for.
  const reads = new Set([
    ...offered.filter(({ name }) => name === undefined),
    ...chosen.filter(({ needed }) => !needed),
  ]);
  return hostRole(namespace, words, [
    ...chosen.filter(({ needed }) => needed),
    ...[...reads].filter(({ plural }) => words.includes(plural)),
  ]);
}
