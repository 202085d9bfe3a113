import type { ControlPlaneOptions } from '../../src/control-plane/control-plane.ts';
import { silentLog } from '../../src/log.ts';
import { silentProgress } from '../../src/progress.ts';

/** What a test of a control plane gives it where it says nothing else; there are no releases at its URL. */
export const plainControlPlane = {
  k3sBinary: undefined,
  advertiseAddress: '127.0.0.1',
  tlsSans: [],
  serviceCidr: '10.96.0.0/16',
  clusterDomain: 'cluster.local',
  k3sReleaseUrl: 'http://127.0.0.1:1',
  log: silentLog,
  progress: silentProgress,
} satisfies Partial<ControlPlaneOptions>;
