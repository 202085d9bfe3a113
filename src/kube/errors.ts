/** The `Status` object of an API server that said no. */
interface StatusBody {
  message?: string;
  reason?: string;
  code?: number;
  details?: { retryAfterSeconds?: number };
}

/** An API server said no. `code` is the HTTP status, `reason` the machine-readable word of its Status (may be empty). */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly code: number;
  readonly reason: string;
  /** How long the server asks to wait; undefined if it does not say. */
  readonly retryAfterMs: number | undefined;

  constructor(code: number, body: unknown, retryAfterMs?: number) {
    const status: StatusBody = typeof body === 'object' && body !== null ? body : {};
    super(status.message ?? (typeof body === 'string' && body !== '' ? body.slice(0, 500) : `HTTP status ${code}`));
    this.code = code;
    this.reason = status.reason ?? '';
    const seconds = status.details?.retryAfterSeconds;
    this.retryAfterMs = retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000);
  }
}

/** No answer came, or it broke off: the server is away, or something in between is. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

export const isNotFound = (error: unknown): boolean => hasCode(error, 404);
export const isConflict = (error: unknown): boolean => hasCode(error, 409) && !isAlreadyExists(error);
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof StatusError && error.reason === 'AlreadyExists';
/** The server does not accept the credentials. */
export const isUnauthorized = (error: unknown): boolean => hasCode(error, 401);
export const isForbidden = (error: unknown): boolean => hasCode(error, 403);
/** The object does not pass validation. */
export const isInvalid = (error: unknown): error is StatusError => error instanceof StatusError && error.code === 422;
/** The asked-for resourceVersion or continue token is too old: list anew. */
export const isExpired = (error: unknown): boolean =>
  error instanceof StatusError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone');
/** The server is busy (429) or not ready (503): wait and ask the same again. */
export const isBusy = (error: unknown): boolean => hasCode(error, 429) || hasCode(error, 503);

/** Nothing new, no binding of a pod either, may come into a namespace that is going (NamespaceLifecycle admission). */
export const isOfEndingNamespace = (error: unknown): boolean =>
  isForbidden(error) && error instanceof Error && error.message.endsWith('because it is being terminated');

/** Resolves with what `answer` does, or with undefined where the server says that there is no such object. */
export async function ifFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: number): boolean {
  return error instanceof StatusError && error.code === code;
}
