/** Removes from `remembered` what came first, if it holds more than `max`: to be called after each addition. */
export function forgetEldest<K>(remembered: Map<K, unknown> | Set<K>, max: number): void {
  if (remembered.size <= max) return;
  for (const eldest of remembered.keys()) {
    remembered.delete(eldest);
    return;
  }
}
