/** What `k3v ui` tells its page, a line of JSON each time. What is left out is as it was. */
export interface PageUpdate {
  /** Whether this is all there is, and what was told before counts no more. */
  all?: true;
  /** Undefined in the first update where no k3v runs. */
  cluster?: ClusterFacts;
  /** Whether k3v runs; while it does not, the rest is as it was last. */
  running?: boolean;
  /** API servers that do not answer as they should, in words. */
  unreachable?: string[];
  /** By `namespace/name`; null where there is none any more. */
  pods?: Record<string, PodRow | null>;
  /** New ones. */
  samples?: LatencySample[];
}

/** What `k3v status` says. */
export interface ClusterFacts {
  id: string;
  version: string;
  distro: string;
  datastore: string;
  startedAt: string;
  host: { server: string; version: string; namespace: string; simulated: boolean };
  /** Of several k3v on one database: whether this one leads, and so knows what is in sync. */
  leads: boolean;
  forbidden: string[];
  /** Of `--manifests`: how many are not in place, the first of them, and why the files as they are cannot be used. */
  manifests?: { waiting: number; failing: Failing[]; broken?: string };
  kinds: KindFacts[];
}

export interface KindFacts {
  plural: string;
  virtual: number;
  host: number;
  inSync: number;
  pending: number;
  refused: number;
  /** The first of what is pending or refused. */
  failing: Failing[];
}

export interface Failing {
  /** `namespace/name`, or `name`. */
  key: string;
  isRefused: boolean;
  reason?: string;
  message: string;
}

/** A pod on both sides; one of them may be missing. */
export interface PodRow {
  namespace: string;
  name: string;
  virtual?: PodSide;
  host?: PodSide & { name: string };
}

/** What one API server says of a pod. */
export interface PodSide {
  /** As kubectl's column STATUS. */
  state: string;
  /** As kubectl's column READY, for example `1/2`. */
  ready: string;
  restarts: number;
  node: string;
  createdAt: string;
}

/** `toHost`: from a new virtual pod to its host pod; `toVirtual`: from news on the host pod until the virtual pod shows it. */
export type Way = 'toHost' | 'toVirtual';

export interface LatencySample {
  way: Way;
  /** Milliseconds since 1970 at which it had arrived. */
  at: number;
  /** How long it took, in milliseconds. */
  ms: number;
}

/** For how long samples are kept. */
export const keptMs = 15 * 60_000;
