import { K3vError } from '../errors.ts';
import { parseDuration } from './duration.ts';

/** What the API server takes at least, for certificates and tokens alike, and what a controller manager signs at most. */
const [leastSeconds, mostSeconds] = [600, 365 * 86_400];

/** Returns the seconds of `--expires`. Throws FLAG_INVALID. */
export function expirySeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= leastSeconds && seconds <= mostSeconds) return seconds;
  throw new K3vError('FLAG_INVALID', `--expires is "${text}"`, {
    hint: 'It must be a time from 10m to 365d, such as 24h.',
  });
}
