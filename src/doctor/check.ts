import type { Finding } from './finding.ts';
import type { Facts } from './facts.ts';

/** One thing that `k3v doctor` looks at. It changes nothing, on the host or here. */
export interface Check {
  /** Of one or two words. */
  name: string;
  /** How long it may take, milliseconds. Default: 15 s. */
  timeoutMs?: number;
  /**
   * Returns what was found, one line each. What it rejects with is a failure, if it is a K3vError or a bug; NotTried, or ConnectionError from a host that has gone away meanwhile,
   * is not.
   */
  run(facts: Facts, signal: AbortSignal): Promise<Finding[]>;
}
