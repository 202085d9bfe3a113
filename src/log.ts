import { type Logger as PinoLogger, pino } from 'pino';

/** A structured logger: fields first, then a constant message. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'child'>;

/** Drops everything. For tests and for parts that are used as a library. */
export const silentLog: Logger = pino({ level: 'silent' });
