import type { IncomingMessage, ServerResponse } from 'node:http';

/** The watches that a proxy carries at a time. What is done to them meets those that are open, not those to come. */
export interface ProxiedWatches {
  /** Calls `expired` when the API server says that it has forgotten what is to be watched. */
  carry(answer: IncomingMessage, response: ServerResponse, expired: () => void): void;
  /** Lets nothing more of them pass, neither events nor bookmarks nor their end, while they stay open; returns how many there were. */
  silence(): number;
  /** Breaks each off within a line; returns how many there were. */
  cutInMidLine(): number;
  /** How many are open and not silent. */
  readonly open: number;
  readonly silent: number;
}

/** Returns an empty set of watches. */
export function createProxiedWatches(): ProxiedWatches {
  const open = new Set<ServerResponse>();
  const silent = new Set<ServerResponse>();
  return {
    carry(answer, response, expired) {
      open.add(response);
      if (answer.statusCode === 410) expired();
      response.on('close', () => {
        open.delete(response);
        silent.delete(response);
        answer.destroy();
      });
      answer.on('data', (chunk: Buffer) => {
        if (isExpiry(chunk)) expired();
        if (open.has(response)) response.write(chunk);
      });
      answer.on('end', () => {
        if (open.has(response)) response.end();
      });
      answer.on('error', () => {
        if (open.has(response)) response.destroy();
      });
    },
    silence() {
      const met = [...open];
      for (const response of met) {
        open.delete(response);
        silent.add(response);
      }
      return met.length;
    },
    cutInMidLine() {
      const met = [...open];
      for (const response of met) {
        open.delete(response);
        response.write('{"type":"MODIFIED","object":{"kind":"Po', () => response.destroy());
      }
      return met.length;
    },
    get open() {
      return open.size;
    },
    get silent() {
      return silent.size;
    },
  };
}

/** Of the one line that such a stream has. */
function isExpiry(chunk: Buffer): boolean {
  return chunk.includes('{"type":"ERROR"') && chunk.includes('"code":410');
}
