import { hostRole, roleExtras } from './host/host-rights.ts';
import { chooseKinds } from './syncer/choose-kinds.ts';
import { optInKinds } from './syncer/registry.ts';

/**
 * Returns, as YAML, the Role for `namespace` with what `words` add: kinds that k3v reads if it may, and kinds that `--sync` switches on. Throws
 * FLAG_INVALID.
 */
export function hostRoleFor(namespace: string, words: string[]): string {
  const readIfAllowed = optInKinds.flatMap(({ rights }) => rights.filter(({ needed }) => !needed));
  const always = new Set(roleExtras);
  const reads = readIfAllowed.filter(({ plural }) => words.includes(plural));
  const others = words.filter((word) => !always.has(word) && !reads.some(({ plural }) => plural === word));
  const known = [...always, ...readIfAllowed.map(({ plural }) => plural)];
  const { kinds } = chooseKinds(others, { flag: '--with', others: known });
  const writes = kinds.flatMap(({ rights }) => rights.filter(({ needed }) => needed));
  return hostRole(namespace, words, [...writes, ...reads]);
}
