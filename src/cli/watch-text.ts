import { setTimeout as delay } from 'node:timers/promises';

/** Where text is shown. */
export interface Screen {
  isTTY?: boolean;
  /** Lines of a terminal; 0 where it does not know. */
  rows?: number;
  write(text: string): unknown;
}

/**
 * Shows what `read` returns, and again as soon as that is something else: over the last one on a terminal, cut to its size, and below it elsewhere, after
 * `between`. Looks every `everyMs` (500). Resolves when `signal` aborts; rejects as `read` throws.
 */
export async function watchText(
  read: () => string,
  screen: Screen,
  { signal, between = '\n', everyMs = 500 }: { signal: AbortSignal; between?: string; everyMs?: number },
): Promise<void> {
  let last: string | undefined;
  while (!signal.aborted) {
    const text = read();
    const frame = screen.isTTY === true ? redrawn(text, screen.rows || Infinity) : text;
    if (frame !== last) screen.write(screen.isTTY === true || last === undefined ? frame : `${between}${frame}`);
    last = frame;
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns `text` as what fills a terminal of `rows` lines, none of which goes on in the next. */
function redrawn(text: string, rows: number): string {
  const lines = text.trimEnd().split('\n');
  const more = `  … ${lines.length - rows + 2} more lines`;
  const cut = lines.length < rows ? lines : [...lines.slice(0, Math.max(0, rows - 2)), more];
  return `\u001b[?7l\u001b[H${cut.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J\u001b[?7h`;
}
