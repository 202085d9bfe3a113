import { K3vError } from '../errors.ts';
import { type LogDestination, createLogger } from '../log.ts';
import { exitCode } from './exit-codes.ts';
import type { LogFormat } from './log-format.ts';
import { type Paint, noPaint } from './paint.ts';
import { type Program, sentenceFor } from './program.ts';

/**
 * Tells why k3v ends, as text for a person or as one JSON log line with `code`, `msg` and `hint`. Returns the exit code: 1 for a
 * K3vError, 70 for a bug (EX_SOFTWARE), which is shown with its stack. Commands are named as `program` has them.
 */
export function showError(
  error: unknown,
  {
    format,
    destination,
    paint = noPaint,
    program = 'k3v',
  }: { format: LogFormat; destination: LogDestination; paint?: Paint; program?: Program },
): number {
  const say = (text: string) => sentenceFor(program, text);
  if (format === 'text') destination.write(textOf(error, { paint, say }));
  else {
    const log = createLogger({ format, level: 'info', destination });
    if (error instanceof K3vError) {
      const hint = error.hint === undefined ? undefined : say(error.hint);
      log.error({ code: error.code, hint }, say(error.message));
    } else log.error({ err: error }, bug);
  }
  return error instanceof K3vError ? exitCode.refused : exitCode.bug;
}

const bug = 'this is a bug in k3v';

function textOf(
  error: unknown,
  { paint: { red, bold }, say }: { paint: Paint; say: (text: string) => string },
): string {
  if (error instanceof K3vError) {
    const hint = error.hint === undefined ? '' : `\n  hint: ${say(error.hint)}`;
    return `${red('error:')} ${bold(say(error.message))}\n  code: ${error.code}${hint}\n`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${red('error:')} ${bold(bug)}\n${stack}\n`;
}
