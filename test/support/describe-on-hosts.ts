import { describe } from 'vitest';
import { kindHostUnavailable, startKindHost } from '../host/kind-host.ts';
import { startRealHost } from '../host/real-host.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import type { TestHost } from '../host/test-host.ts';

interface HostKind {
  name: string;
  unavailable: string | undefined;
  start: () => Promise<TestHost>;
}

const kinds: HostKind[] = [
  {
    name: 'a real host',
    unavailable: await realHostUnavailable(),
    start: async () => await startRealHost({ name: 'test', nodes: 2 }),
  },
  { name: 'kind', unavailable: await kindHostUnavailable(), start: startKindHost },
];

/**
 * Describes `title` on each kind of host with real pods. Where one cannot run, its tests are reported as skipped with the reason; with
 * `K3V_REQUIRE_REAL_HOST=1` a missing real host is an error.
 */
export function describeOnHosts(title: string, tests: (start: HostKind['start']) => void): void {
  for (const { name, unavailable, start } of kinds) {
    if (name === 'a real host' && unavailable !== undefined && process.env['K3V_REQUIRE_REAL_HOST'] === '1') {
      throw new Error(`K3V_REQUIRE_REAL_HOST=1: ${unavailable}`);
    }
    const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
    describe.skipIf(unavailable !== undefined)(`${title} on ${name}${reason}`, () => {
      tests(start);
    });
  }
}
