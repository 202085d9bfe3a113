import type http from 'node:http';
import { ConnectionError, StatusError } from './errors.ts';

/** A body that brings nothing for this long will not come. */
const defaultIdleMs = 30_000;

/**
 * Resolves with the whole body as text. Rejects with ConnectionError if it breaks off or brings nothing for `idleMs`
 * (default 30 s), and with the signal's reason when aborted.
 */
export async function readBody(
  answer: http.IncomingMessage,
  { signal, idleMs = defaultIdleMs }: { signal?: AbortSignal | undefined; idleMs?: number } = {},
): Promise<string> {
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => answer.destroy(new Error(`no more of the answer within ${idleMs / 1000} s`)), idleMs);
  try {
    // By its events, which cost less than to iterate over it.
    await new Promise<void>((resolve, reject) => {
      if (answer.destroyed) return reject(answer.errored ?? new Error('the connection was closed'));
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        timer.refresh();
      });
      answer.on('end', resolve);
      answer.on('error', reject);
      answer.on('close', () => reject(new Error('the connection was closed')));
    });
  } catch (error) {
    signal?.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new ConnectionError(`the answer broke off: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Resolves with `answer` if its status is a success, else rejects with its StatusError. */
export async function expectSuccess(
  answer: http.IncomingMessage,
  signal: AbortSignal | undefined,
): Promise<http.IncomingMessage> {
  const code = answer.statusCode ?? 0;
  if (code >= 200 && code < 300) return answer;
  const text = await readBody(answer, { signal });
  throw new StatusError(code, parsed(text), retryAfterMs(answer.headers['retry-after']));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Reads `Retry-After` in both its forms: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
