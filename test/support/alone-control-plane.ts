import { resolve } from 'node:path';
import { defaultK3sReleaseUrl } from '../../src/control-plane/k3s-release.ts';
import { startControlPlane } from '../../src/control-plane/start-control-plane.ts';
import { hostServiceCidr } from '../../src/embedded-host/host-flags.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';
import { cacheDir } from '../host/cache-dir.ts';

/** Runs `work` while the API server and the controllers of the data directory `dataDir` run without k3v, which must not run there. */
export async function withControlPlaneAlone(
  { dataDir, port }: { dataDir: string; port: number },
  work: () => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const controlPlane = await startControlPlane(
    {
      dataDir: resolve(dataDir),
      distro: 'auto',
      k3sBinary: undefined,
      listenPort: port,
      advertiseAddress: '127.0.0.1',
      tlsSans: [],
      serviceCidr: hostServiceCidr,
      k3sReleaseUrl: defaultK3sReleaseUrl,
      clusterDomain: 'cluster.local',
      cacheDir: cacheDir(),
      log: silentLog,
      progress: silentProgress,
    },
    ending.signal,
  );
  try {
    await controlPlane.ready;
    await work();
  } finally {
    await controlPlane.stop();
  }
}
