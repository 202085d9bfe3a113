import { K3vError } from '../errors.ts';
import { parseDuration } from './duration.ts';

/** What was given to a command with a table of flags of its own. */
export interface GivenFlags {
  /** The command: `cluster` and `create`. */
  path: readonly string[];
  /** The words behind it. */
  words: readonly string[];
  /** What follows `--`, where the command takes that. */
  command: readonly string[] | undefined;
  /** Variables of the environment that have set some of them. */
  variables: readonly string[];
  /** By their names: texts, of an `array` a list of them, of a `boolean` whether. */
  given: Readonly<Record<string, string | boolean | string[]>>;
}

type Given = Pick<GivenFlags, 'given'>;

/** Returns the text of a flag; undefined if it was not given. */
export function textIn({ given }: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns whether a flag that is true or false is true; `otherwise` if it was not given. */
export function isOn({ given }: Given, name: string, otherwise = false): boolean {
  const value = given[name];
  return typeof value === 'boolean' ? value : otherwise;
}

/** Returns the values of a flag that takes several, as they were given; undefined if it was not. */
export function textsIn({ given }: Given, name: string): string[] | undefined {
  const value = given[name];
  return Array.isArray(value) ? value : undefined;
}

/** Returns the items of a flag that takes several, also with commas; undefined if it was not given. */
export function itemsIn(given: Given, name: string): string[] | undefined {
  return textsIn(given, name)?.flatMap((each) => each.split(',').filter(Boolean));
}

/** Returns the number of a flag; undefined if it was not given. Throws FLAG_INVALID if it is not a whole one from `least` to `most`. */
export function wholeIn(given: Given, name: string, [least, most]: [number, number]): number | undefined {
  const text = textIn(given, name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw invalidFlag(name, text, `a number from ${least} to ${most}`);
}

/** Returns the seconds of a flag. Throws FLAG_INVALID if it is no duration. */
export function secondsIn(given: Given, name: string, preset: string): number {
  const text = textIn(given, name) ?? preset;
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw invalidFlag(name, text, 'a time such as 90s or 5m');
}

/**
 * Returns the pairs of a flag that takes several `name=value`; undefined if it was not given. They may be given with commas, too: only a comma with another `name=` behind it ends a
 * value, so that there may be commas in it. Throws FLAG_INVALID if there is no `=`.
 */
export function pairsIn(given: Given, name: string): Record<string, string> | undefined {
  const pairs = textsIn(given, name)
    ?.flatMap((each) => each.split(/,(?=[\w./-]+=)/))
    .map((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) throw invalidFlag(name, pair, '<name>=<value>');
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    });
  return pairs && Object.fromEntries(pairs);
}

/** Returns the arguments of a flag that takes several; undefined if it was not given. Of commas only those with a dash behind them are between two. */
export function argumentsIn(given: Given, name: string): string[] | undefined {
  return textsIn(given, name)?.flatMap((each) => each.split(/,(?=-)/));
}

/** Returns the error of a flag with a value that makes no sense. */
export function invalidFlag(name: string, value: string, wanted: string): K3vError {
  return new K3vError('FLAG_INVALID', `--${name} is ${JSON.stringify(value)}`, { hint: `It must be ${wanted}.` });
}
