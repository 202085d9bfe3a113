import { K3vError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { OptInKind } from './define-opt-in.ts';
import { customResource } from './kinds/custom-resources.ts';
import { optInKinds } from './registry.ts';
import { type SyncRule, plainRule } from './sync-rules.ts';

/** What `--sync` asks for. */
export interface ChosenKinds {
  /** Plural names of the kinds of which all objects cross, used or not. */
  all: ReadonlySet<string>;
  kinds: OptInKind[];
}

const wholeKinds = ['configmaps', 'secrets'];
/** `<plural>.<group>`; no group of a custom resource is without a dot. */
const customName = /^[a-z0-9]+(\.[a-z0-9-]+){2,}$/;

/** Returns what `words`, the values of `flag`, ask for. `others` is what the flag takes besides; `rules` are those of custom resources. Throws FLAG_INVALID. */
export function chooseKinds(
  words: string[],
  {
    flag = '--sync',
    others = [],
    rules = new Map(),
  }: { flag?: string; others?: string[]; rules?: ReadonlyMap<string, SyncRule> } = {},
): ChosenKinds {
  const all = new Set<string>();
  const kinds = new Map<string, OptInKind>();
  for (const word of words) {
    const [plural = '', what] = word.split('=');
    const kind = optInKinds.find(({ name }) => name === word);
    if (kind) kinds.set(word, kind);
    else if (what === 'all' && wholeKinds.includes(plural)) all.add(plural);
    else if (plural === 'crd' && what && customName.test(what)) {
      kinds.set(word, customResource(what, rules.get(what) ?? plainRule));
    } else refuse(word, flag, others);
  }
  return { all, kinds: [...kinds.values()] };
}

function refuse(word: string, flag: string, others: string[]): never {
  const known = [
    ...others,
    ...optInKinds.map(({ name }) => name),
    ...wholeKinds.map((plural) => `${plural}=all`),
    'crd=<plural>.<group>',
  ];
  const near = known.find((each) => each === `${word}=all`) ?? nearest(word, known);
  throw new K3vError('FLAG_INVALID', `${flag} is "${word}"`, {
    hint: `${near ? `Did you mean ${near}? ` : ''}It takes ${known.join(', ')}.`,
  });
}
