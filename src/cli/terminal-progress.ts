import type { Logger } from '../log.ts';
import { type Paint, noPaint } from './paint.ts';
import type { Progress, ProgressStep } from '../progress.ts';

const barWidth = 24;
const redrawMs = 100;

interface Terminal {
  isTTY?: boolean;
  /** How many letters a line has now; undefined where nobody knows. */
  columns?: number;
  write(text: string): unknown;
}

/** Returns progress as a line per step with its time, and a bar while a step counts something. */
export function terminalProgress(terminal: Terminal, paint: Paint = noPaint, now: () => number = Date.now): Progress {
  return {
    step(title): ProgressStep {
      const startedMs = now();
      let ended = false;
      let drawnMs = 0;
      let noted = '';
      const draw = (text: string) => terminal.write(`\r\u001b[K${text}`);
      // Of one that goes over the end of the line, the next would wipe the last row only.
      const drawLive = (text: string) => draw(shortened(`…          ${text}`, terminal.columns));
      const end = (mark: string, detail: string) => {
        if (ended) return;
        ended = true;
        const seconds = ((now() - startedMs) / 1000).toFixed(1).padStart(6);
        draw(`${mark} ${seconds}s  ${title}${detail === '' ? '' : `  ${detail}`}\n`);
      };
      drawLive(title);
      return {
        update({ done, total, unit }) {
          if (ended || now() - drawnMs < redrawMs) return;
          drawnMs = now();
          drawLive(`${title}  ${bar(done, total)} ${amount(done, total, unit)}  ${noted}`);
        },
        note(text) {
          noted = text;
          if (!ended) drawLive(`${title}  ${text}`);
        },
        done: (detail = '') => end(paint.green('✓'), detail),
        fail: () => end(paint.red('✗'), 'failed'),
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

function shortened(text: string, columns = 0): string {
  return columns > 1 && text.length >= columns ? `${text.slice(0, columns - 2)}…` : text;
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
