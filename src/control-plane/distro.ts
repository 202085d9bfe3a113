import type { ControlPlane, ControlPlaneOptions, DistroName } from './control-plane.ts';

/** A source of control-plane programs and the knowledge of how to run them. */
export interface Distro {
  readonly name: DistroName;
  /**
   * Finds, downloads or builds the programs; starts nothing and writes nothing into the data directory.
   * Rejects with K3vError: `DISTRO_UNAVAILABLE`, `DOWNLOAD_FAILED` or `BUILD_TOOL_MISSING` when this machine cannot have
   * the distro (then `--distro auto` goes on to the next one); any other code ends the start.
   */
  prepare(options: ControlPlaneOptions, signal: AbortSignal): Promise<PreparedDistro>;
}

/** Programs that are on this machine and can be started. */
export interface PreparedDistro {
  /** For example `v1.36.3` or `v1.36.1+k3s1`. */
  readonly version: string;
  /** Where the programs came from, to end the sentence "chosen because …"; for example `k3s is on PATH`. */
  readonly source: string;
  /**
   * Starts the children with pid files in `<dataDir>/control-plane/run/*.pid` and logs in `<dataDir>/control-plane/logs/`;
   * resolves when the API is served. The caller has already ended stale children and found the port free. When
   * `signal` aborts, at any time, the children are stopped.
   */
  start(signal: AbortSignal): Promise<ControlPlane>;
}
