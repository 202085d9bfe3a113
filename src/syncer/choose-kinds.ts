import { K3vError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { OptInKind } from './define-opt-in.ts';
import { optInKinds } from './registry.ts';

/** What `--sync` asks for. */
export interface ChosenKinds {
  /** Plural names of the kinds of which all objects cross, used or not. */
  all: ReadonlySet<string>;
  kinds: OptInKind[];
}

const wholeKinds = ['configmaps', 'secrets'];

/** Returns what `words`, the values of `flag`, ask for. `others` is what the flag takes besides. Throws FLAG_INVALID. */
export function chooseKinds(
  words: string[],
  { flag = '--sync', others = [] }: { flag?: string; others?: string[] } = {},
): ChosenKinds {
  const all = new Set<string>();
  const kinds = new Set<OptInKind>();
  for (const word of words) {
    const [plural = '', what] = word.split('=');
    const kind = optInKinds.find(({ name }) => name === word);
    if (kind) kinds.add(kind);
    else if (what === 'all' && wholeKinds.includes(plural)) all.add(plural);
    else refuse(word, flag, others);
  }
  return { all, kinds: [...kinds] };
}

function refuse(word: string, flag: string, others: string[]): never {
  const known = [...others, ...optInKinds.map(({ name }) => name), ...wholeKinds.map((plural) => `${plural}=all`)];
  const near = known.find((each) => each === `${word}=all`) ?? nearest(word, known);
  throw new K3vError('FLAG_INVALID', `${flag} is "${word}"`, {
    hint: `${near ? `Did you mean ${near}? ` : ''}It takes ${known.join(', ')}.`,
  });
}
