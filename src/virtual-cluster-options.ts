import type { Bundle } from './bundle/bundle.ts';
import type { Config } from './cli/config.ts';
import type { StartControlPlane } from './control-plane/control-plane.ts';
import type { ProxySettings } from './control-plane/proxy-settings.ts';
import type { Kubeconfig } from './kube/kubeconfig.ts';
import type { Logger } from './log.ts';
import type { Progress } from './progress.ts';
import type { Platform } from './platform/platform.ts';
import type { StateStore } from './state/store.ts';
import type { ChosenKinds } from './syncer/choose-kinds.ts';

/** What one virtual cluster on one host runs with. */
export interface VirtualClusterOptions {
  config: Config;
  /** What `config.sync` asks for. */
  sync: ChosenKinds;
  host: {
    config: Kubeconfig;
    latest: () => Kubeconfig;
    source: string;
    namespace: string | undefined;
    simulated: boolean;
  };
  /** Reject when something that was started before fails for good. */
  failures: Promise<never>[];
  /** Open state; its lock is what keeps another k3v off the data directory. */
  store: StateStore;
  cacheDir: string;
  /** What the packaged k3v carries. */
  bundle?: Bundle | undefined;
  /** What downloads go through. */
  proxy: ProxySettings;
  startControlPlane: StartControlPlane;
  /** How the API server reaches k3v. */
  transport: Platform['egressTransport'];
  log: Logger;
  progress: Progress;
  /** Shows lines to a person at a terminal. */
  announce: (lines: string) => void;
  signal: AbortSignal;
}
