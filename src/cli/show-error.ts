import { K3vError } from '../errors.ts';
import { type LogDestination, createLogger } from '../log.ts';
import { exitCode } from './exit-codes.ts';
import type { LogFormat } from './log-format.ts';
import { type Paint, noPaint } from './paint.ts';

/**
 * Tells why k3v ends, as text for a person or as one JSON log line with `code`, `msg` and `hint`. Returns the exit code: 1 for a
 * K3vError, 70 for a bug (EX_SOFTWARE), which is shown with its stack.
 */
export function showError(
  error: unknown,
  { format, destination, paint = noPaint }: { format: LogFormat; destination: LogDestination; paint?: Paint },
): number {
  if (format === 'text') destination.write(textOf(error, paint));
  else {
    const log = createLogger({ format, level: 'info', destination });
    if (error instanceof K3vError) log.error({ code: error.code, hint: error.hint }, error.message);
    else log.error({ err: error }, bug);
  }
  return error instanceof K3vError ? exitCode.refused : exitCode.bug;
}

const bug = 'this is a bug in k3v';

function textOf(error: unknown, { red, bold }: Paint): string {
  if (error instanceof K3vError) {
    const hint = error.hint === undefined ? '' : `\n  hint: ${error.hint}`;
    return `${red('error:')} ${bold(error.message)}\n  code: ${error.code}${hint}\n`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${red('error:')} ${bold(bug)}\n${stack}\n`;
}
