import { describe } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { buildEtcd } from '../host/conformance-programs.ts';
import { makeEtcdImage, makeK3vImage } from '../host/k3v-image.ts';
import { type RealHostOptions, startRealHost } from '../host/real-host.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import type { TestHost } from '../host/test-host.ts';

const unavailable = await realHostUnavailable();

/**
 * Describes `title` on a real host of two nodes that has the image of k3v, made of this checkout, and one of etcd. Where none can run, its tests are reported as skipped with the
 * reason; with `K3V_REQUIRE_REAL_HOST=1` that is an error.
 */
export function describeOnK3vHost(
  title: string,
  tests: (start: (options?: Pick<RealHostOptions, 'networkPolicies'>) => Promise<TestHost>) => void,
): void {
  if (unavailable !== undefined && process.env['K3V_REQUIRE_REAL_HOST'] === '1') {
    throw new Error(`K3V_REQUIRE_REAL_HOST=1: ${unavailable}`);
  }
  const reason = unavailable === undefined ? '' : ` (not here: ${unavailable})`;
  const moreImages = async (...[programs, folder]: Parameters<typeof makeK3vImage>) => {
    const environment = { cacheDir: cacheDir(), log: silentLog, progress: silentProgress };
    const etcd = await buildEtcd(environment, new AbortController().signal);
    return [await makeEtcdImage(etcd, folder), await makeK3vImage(programs, folder)];
  };
  describe.skipIf(unavailable !== undefined)(`${title} on a real host${reason}`, () => {
    tests(async (options = {}) => await startRealHost({ name: 'test', nodes: 2, moreImages, ...options }));
  });
}
