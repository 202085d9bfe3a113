import { K3vError } from '../errors.ts';
import { nearest } from '../nearest.ts';

/** Throws FLAG_UNKNOWN for `given`, which is no `what`, with the nearest of `known` as a hint, or else `see`. */
export function refuseUnknown(
  what: string,
  given: string,
  { known = [], see = 'See k3v --help.' }: { known?: string[]; see?: string } = {},
): never {
  const near = nearest(given, known);
  throw new K3vError('FLAG_UNKNOWN', `unknown ${what} ${given}`, { hint: near ? `Did you mean ${near}?` : see });
}
