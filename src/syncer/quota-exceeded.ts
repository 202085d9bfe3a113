import { NotYet } from './not-yet.ts';

/** Looked at anew without a sign that there is room: none is missed, as a rule. */
const checkAgainMs = 15 * 60_000;

/** There is no room for what would be made on the host. */
export class QuotaExceeded extends NotYet {
  constructor(message: string) {
    super(message, { event: 'QuotaExceeded', retryAfterMs: checkAgainMs });
  }
}
