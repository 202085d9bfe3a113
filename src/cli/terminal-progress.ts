import type { Logger } from '../log.ts';
import type { Progress, ProgressStep } from '../progress.ts';

const barWidth = 24;
const redrawMs = 100;

interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** Returns progress as a line per step with its time, and a bar while a step counts something. */
export function terminalProgress(terminal: Terminal, now: () => number = Date.now): Progress {
  return {
    step(title): ProgressStep {
      const startedMs = now();
      let ended = false;
      let drawnMs = 0;
      let noted = '';
      const draw = (text: string) => terminal.write(`\r\u001b[K${text}`);
      const end = (mark: string, detail: string) => {
        if (ended) return;
        ended = true;
        const seconds = ((now() - startedMs) / 1000).toFixed(1).padStart(6);
        draw(`${mark} ${seconds}s  ${title}${detail === '' ? '' : `  ${detail}`}\n`);
      };
      draw(`…          ${title}`);
      return {
        update({ done, total, unit }) {
          if (ended || now() - drawnMs < redrawMs) return;
          drawnMs = now();
          draw(`…          ${title}  ${bar(done, total)} ${amount(done, total, unit)}  ${noted}`);
        },
        note(text) {
          noted = text;
          if (!ended) draw(`…          ${title}  ${text}`);
        },
        done: (detail = '') => end('✓', detail),
        fail: () => end('✗', 'failed'),
      };
    },
  };
}

/** Returns progress as log lines, one per step. */
export function loggedProgress(log: Logger, now: () => number = Date.now): Progress {
  return {
    step(title) {
      const startedMs = now();
      let ended = false;
      const end = (report: () => void) => {
        if (!ended) report();
        ended = true;
      };
      return {
        update() {},
        note() {},
        done: (detail) => end(() => log.info({ step: title, ms: now() - startedMs, detail }, 'step done')),
        fail: () => end(() => log.warn({ step: title, ms: now() - startedMs }, 'step failed')),
      };
    },
  };
}

function bar(done: number, total: number): string {
  if (total <= 0) return '';
  const filled = Math.round(Math.min(1, done / total) * barWidth);
  return `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`;
}

function amount(done: number, total: number, unit: 'bytes' | 'items'): string {
  const shown = (count: number) => (unit === 'bytes' ? `${(count / 1e6).toFixed(1)} MB` : String(count));
  return total > 0 ? `${shown(done)} of ${shown(total)}` : shown(done);
}
