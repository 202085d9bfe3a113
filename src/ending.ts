import { delay } from './kube/delay.ts';
import type { Logger } from './log.ts';

/** Has `close` called, and awaited, when the whole ends: what was registered last comes first. `what` names the part in the log. */
export type OnEnd = (what: string, close: () => Promise<void> | void) => void;

/** How the parts of something end. States: open (`onEnd`) → `end()` → ended. */
export interface Ending {
  onEnd: OnEnd;
  /**
   * Ends all parts, one after the other. One that does not end in time is left behind with a line in the log, and one that fails keeps no other from its end: then this
   * rejects, at last, with what the first one failed with.
   */
  end: () => Promise<void>;
}

/** The children are killed after 5 s, a request is given up after 30 s without an answer and 30 s without more of it. */
const longestMs = 90_000;

/** Returns an ending of no parts yet. A part may take `limitMs`; default: 90,000. */
export function createEnding({ log, limitMs = longestMs }: { log: Logger; limitMs?: number }): Ending {
  const parts: { what: string; close: () => Promise<void> | void }[] = [];

  async function endOne(what: string, close: () => Promise<void> | void): Promise<void> {
    const over = new AbortController();
    const closed = (async () => await close())();
    // If it fails after it was left behind, nobody is there any more to hear it.
    closed.catch(() => {});
    const late = delay(limitMs, over.signal).then(() => !over.signal.aborted);
    try {
      if (await Promise.race([closed.then(() => false), late])) {
        log.error({ part: what, afterMs: limitMs, open: openResources() }, 'did not end, is left behind');
      }
    } finally {
      over.abort();
    }
  }

  return {
    onEnd: (what, close) => void parts.unshift({ what, close }),
    async end() {
      const failures: unknown[] = [];
      for (const { what, close } of parts.splice(0)) {
        await endOne(what, close).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Ends the process, with its exit code, if it still runs after `graceMs`, though all of it has ended: something is still open that nobody knows of, and is named in the log. */
export function endAnyway(process: NodeJS.Process, { log, graceMs = 10_000 }: { log: Logger; graceMs?: number }): void {
  const timer = setTimeout(() => {
    log.error({ open: openResources() }, 'ends with something still open');
    process.exit();
  }, graceMs);
  timer.unref();
}

/** What keeps the process running, with counts: for example `{ TCPSocketWrap: 2 }`. */
function openResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
