import { createHash } from 'node:crypto';

/** Returns 16 hexadecimal digits that tell one form of `object`, as JSON, from another. */
export function contentHash(object: object): string {
  return createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
}
