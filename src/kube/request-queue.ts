/** Those who wait until they may send a request. */
export interface RequestQueue<Turn> {
  /** How many wait. */
  readonly size: number;
  /** Resolves with the turn that is given; rejects with the reason of `signal` at once when that aborts, and is out of the queue. */
  wait(options: { urgent: boolean; signal?: AbortSignal | undefined }): Promise<Turn>;
  /** Gives a turn to whoever is next. Only if somebody waits. */
  give(turn: Turn): void;
}

/** After so many that are urgent another one goes, if one waits: urgent ones may keep coming. */
const urgentInARow = 3;

/** Returns an empty queue. Urgent requests go before others, three to one; those of one class in the order in which they came. */
export function createRequestQueue<Turn>(): RequestQueue<Turn> {
  const urgent = new Set<(turn: Turn) => void>();
  const others = new Set<(turn: Turn) => void>();
  let row = 0;

  return {
    get size() {
      return urgent.size + others.size;
    },
    wait: ({ urgent: isUrgent, signal }) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const line = isUrgent ? urgent : others;
        const take = (turn: Turn) => {
          signal?.removeEventListener('abort', leave);
          line.delete(take);
          resolve(turn);
        };
        const leave = () => {
          line.delete(take);
          reject(signal?.reason);
        };
        line.add(take);
        signal?.addEventListener('abort', leave, { once: true });
      }),
    give(turn) {
      const isOthersTurn = urgent.size === 0 || (row >= urgentInARow && others.size > 0);
      row = isOthersTurn ? 0 : row + 1;
      const [take] = isOthersTurn ? others : urgent;
      take?.(turn);
    },
  };
}
