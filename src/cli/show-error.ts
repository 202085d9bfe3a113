import { K3vError } from '../errors.ts';

/** Returns what a person is told about `error`, and the exit code: 1 for a K3vError, 70 for a bug (EX_SOFTWARE). */
export function showError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof K3vError) {
    const hint = error.hint === undefined ? '' : `\n  hint: ${error.hint}`;
    return { text: `error: ${error.message}\n  code: ${error.code}${hint}\n`, exitCode: 1 };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `error: this is a bug in k3v\n${stack}\n`, exitCode: 70 };
}
