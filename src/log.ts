import { type Logger as PinoLogger, pino } from 'pino';

/** A structured logger: fields first, then a constant message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

/** Drops everything. For tests and for parts that are used as a library. */
export const silentLog: Logger = pino({ level: 'silent' });

/** Where log lines go. */
export interface LogDestination {
  write(line: string): unknown;
}

const levels: Record<number, string> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const secretFields = [
  'token',
  'authorization',
  '*.token',
  '*.authorization',
  'data',
  '*.data',
  'stringData',
  '*.stringData',
];

/** Returns a logger that writes JSON lines, or short lines for people (`text`), straight to `destination`. */
export function createLogger({
  format,
  level,
  destination,
}: {
  format: 'text' | 'json';
  level: 'debug' | 'info';
  destination: LogDestination;
}): Logger {
  const target = format === 'json' ? destination : { write: (line: string) => destination.write(textLine(line)) };
  return pino({ level, base: null, redact: { paths: secretFields, censor: '[secret]' } }, target);
}

function textLine(line: string): string {
  const record: unknown = JSON.parse(line);
  const { level, time, msg, ...fields } = Object(record) as { level: number; time: number; msg: string };
  const at = new Date(time).toISOString().slice(11, 19);
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  return `${at} ${(levels[level] ?? 'info').padEnd(5)} ${[msg, ...rest].join('  ')}\n`;
}

function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'stack' in value) return String(value.stack);
  return typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);
}
