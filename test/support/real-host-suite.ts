import { describe } from 'vitest';
import { realHostUnavailable } from '../host/requirements.ts';

const unavailable = await realHostUnavailable();
if (unavailable !== undefined && process.env['K3V_REQUIRE_REAL_HOST'] === '1') throw new Error(unavailable);

/** Describes tests that need a real host; where none can run they are skipped with the reason, unless `K3V_REQUIRE_REAL_HOST=1`. */
export function describeOnRealHost(title: string, tests: () => void): void {
  describe.skipIf(unavailable !== undefined)(unavailable === undefined ? title : `${title} (${unavailable})`, tests);
}
