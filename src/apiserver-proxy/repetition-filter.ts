const sameForMs = 60_000;
const maxKept = 1_000;

/** Returns a function that says whether a text is news: not given to it within the last minute. It keeps the last thousand texts. */
export function createRepetitionFilter(now: () => number = () => performance.now()): (text: string) => boolean {
  const known = new Map<string, number>();
  return (text) => {
    const since = known.get(text);
    if (since !== undefined && now() - since < sameForMs) return false;
    known.delete(text);
    known.set(text, now());
    for (const oldest of known.keys()) {
      if (known.size <= maxKept) break;
      known.delete(oldest);
    }
    return true;
  };
}
