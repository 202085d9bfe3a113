/** A source of chance that gives the same numbers for the same seed. */
export interface SeededRandom {
  /** Returns a whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** Returns one of `items`. */
  oneOf<T>(items: readonly T[]): T;
}

/** Returns the source for `seed`: mulberry32, which passes the usual tests of randomness and is short. */
export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    oneOf(items) {
      const index = below(items.length);
      const found = items[index];
      if (found === undefined) throw new Error('nothing to choose from');
      return found;
    },
  };
}
