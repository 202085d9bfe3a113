/** A running host cluster with real pods. */
export interface TestHost {
  /** Path; cluster-admin. */
  kubeconfig: string;
  /** Address of this machine, as pods see it. */
  machineAddress: string;
  /** Ends it and leaves nothing behind but caches. */
  stop(): Promise<void>;
}
