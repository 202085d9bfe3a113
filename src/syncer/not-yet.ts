/**
 * Thrown by a definition when the object has to wait for something else; it is tried again with back-off and when `enqueuedBy` says so. With
 * `event`, a word such as `FailedMount`, the tenant is told by a Warning event of that reason. With `retryAfterMs`, it is tried again after that time, without back-off.
 */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  readonly event: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { event, cause, retryAfterMs }: { event?: string; cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, { cause });
    this.event = event;
    this.retryAfterMs = retryAfterMs;
  }
}
