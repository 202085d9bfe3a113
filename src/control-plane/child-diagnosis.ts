import { type ErrorCode, K3vError } from '../errors.ts';

interface Symptom {
  pattern: RegExp;
  code: ErrorCode;
  hint: string;
}

/** What the last words of a child say about its end; the first match counts. SQLite's texts are those of sqlite3_errstr. */
const symptoms: readonly Symptom[] = [
  {
    pattern: /no space left on device|database or disk is full|disk quota exceeded/i,
    code: 'DISK_FULL',
    hint: 'Free some space on the disk of the data directory and start again.',
  },
  {
    pattern: /database disk image is malformed|file is not a database|malformed database schema/i,
    code: 'DATABASE_CORRUPT',
    hint: 'Restore the data directory from a backup, or start with a new one.',
  },
  {
    pattern: /bind: address already in use|failed to create listener.*address already in use/i,
    code: 'PORT_IN_USE',
    hint: 'End the program that listens there or choose another port.',
  },
];

/**
 * Returns the error for a child that ended or did not become ready. `what` is the sentence without its full stop, for example
 * `kine ended with code 1 before it was ready`; `stderr` holds the child's last lines.
 */
export function childError(what: string, stderr: readonly string[], logFile: string): K3vError {
  const symptom = symptoms.find(({ pattern }) => stderr.some((line) => pattern.test(line)));
  const shown = symptom ? stderr.filter((line) => symptom.pattern.test(line)).slice(-1) : stderr.slice(-10);
  const message = shown.length === 0 ? `${what}, without a word` : `${what}:\n${shown.join('\n')}`;
  const hint = `${symptom ? `${symptom.hint} ` : ''}The whole log is in ${logFile}`;
  return new K3vError(symptom?.code ?? 'CONTROL_PLANE_FAILED', message, { hint });
}
