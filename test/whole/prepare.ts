import { kubernetesMinors } from '../../src/kubernetes-minors.ts';
import { silentLog } from '../../src/log.ts';
import type { Progress } from '../../src/progress.ts';
import { buildKubernetesPrograms } from '../../src/control-plane/kubernetes-programs.ts';
import { findHostPrograms } from '../../src/embedded-host/host-programs.ts';
import { cacheDir } from '../host/cache-dir.ts';
import { buildEtcd } from '../host/conformance-programs.ts';
import { buildHelm } from '../host/helm.ts';
import { buildHostModule, buildHostPrograms } from '../host/programs.ts';
import { realHostUnavailable } from '../host/requirements.ts';
import { fakedClockUnavailable } from '../support/faked-clock.ts';
import { mariadbUnavailable } from '../support/mariadb-server.ts';
import { postgresUnavailable } from '../support/postgres-server.ts';

/**
 * Builds and installs what tests of whole clusters run, where it is not there yet: on networks of their own they could not, and a test that
 * waits for a build says nothing for minutes. What cannot be had here is left to the tests that need it, which say so.
 */
export async function prepare(progress: Progress): Promise<void> {
  const environment = { cacheDir: cacheDir(), log: silentLog, progress };
  const { signal } = new AbortController();
  // All programs of the newest at once, where they can be used: a build of some of them first would be one more.
  const hasRealHost = (await realHostUnavailable()) === undefined;
  if (hasRealHost) {
    await buildHostPrograms(environment, signal);
    await buildHostModule('network-policies', environment, signal);
  }
  for (const minor of kubernetesMinors) await findHostPrograms(environment, signal, minor);
  await buildKubernetesPrograms(['kubectl'], environment, signal);
  await buildEtcd(environment, signal);
  await buildHelm(environment, signal);
  for (const install of [postgresUnavailable, mariadbUnavailable, fakedClockUnavailable]) await install();
}
