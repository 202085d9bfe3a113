import type { AuditLog } from '../audit/audit-log.ts';
import type { Bundle } from '../bundle/bundle.ts';
import type { Datastore } from '../datastore/datastore.ts';
import type { Isolation } from '../isolations.ts';
import type { KubernetesMinor } from '../kubernetes-minors.ts';
import type { Logger } from '../log.ts';
import type { Progress } from '../progress.ts';
import type { GivenKeys } from './ca-dir.ts';
import type { Egress } from './egress.ts';
import type { ProxySettings } from './proxy-settings.ts';

export type DistroName = 'k3s' | 'kubernetes';

/** Credentials of one user towards one API server; PEM text. */
export interface ApiAccess {
  /** For example `https://127.0.0.1:7443`. */
  server: string;
  caPem: string;
  certPem: string;
  keyPem: string;
}

export interface ControlPlaneOptions {
  dataDir: string;
  distro: DistroName | 'auto';
  k3sBinary: string | undefined;
  /** Of the `kubernetes` distro. Default: what the data directory was last run with, else the newest. */
  kubernetesVersion?: KubernetesMinor | undefined;
  /** Where objects are kept. Default: SQLite in the data directory. */
  datastore?: Datastore | undefined;
  listenPort: number;
  /** The address under which pods of the host reach the API server. */
  advertiseAddress: string;
  tlsSans: string[];
  /** CIDRs, comma-separated when dual-stack: the host's Service range. */
  serviceCidr: string;
  /** Default: `cluster.local`. */
  clusterDomain: string;
  /** Authorities and keys of the operator's. Default: all are made. */
  givenKeys?: GivenKeys | undefined;
  /** Whether the `kubernetes` distro encrypts Secrets in its database. Default: false. */
  secretsEncryption?: boolean | undefined;
  /** Default: requests are not logged. */
  audit?: AuditLog | undefined;
  /** What its Pod Security admission asks of pods. Default: `none`. */
  isolation?: Isolation | undefined;
  /** Called when the API server answers, before anything else works on its objects. A rejection ends the start. */
  admit?: ((access: ApiAccess) => Promise<void>) | undefined;
  /** Called when the administrator has other credentials, as those of before have not long to live; again an hour later if it rejects. */
  onAdminRenewed?: ((access: ApiAccess) => Promise<void>) | undefined;
  /** Called each time a program of it that died is started again. */
  onRestart?: ((program: string) => void) | undefined;
  /** How often the `kubernetes` distro looks whether a certificate is due. Default: every hour. */
  renewalCheckMs?: number | undefined;
  /** Given where other control planes may run on the same objects: what they share. Their controllers then take turns. */
  shared?: { k3sToken: string } | undefined;
  /** How the API server reaches into the cluster. Default: it dials by itself. */
  egress?: Egress | undefined;
  /** Base URL where k3s releases lie, and the cache folder for downloads and builds. */
  k3sReleaseUrl: string;
  cacheDir: string;
  /** What the packaged k3v carries. Default: it runs from its source tree, and carries nothing. */
  bundle?: Bundle | undefined;
  /** What downloads go through. Default: no proxy. */
  proxy?: ProxySettings | undefined;
  log: Logger;
  progress: Progress;
}

/** A running control plane. States: starting → serving (this object exists) → `ready` → stopped, or `failed` rejects. */
export interface ControlPlane {
  readonly distro: DistroName;
  /** For example `v1.36.3`. */
  readonly version: string;
  /** Cluster-admin access for the tenant and for the syncer. */
  readonly admin: ApiAccess;
  /** PEM of the CA that pods must trust for this API server. */
  readonly caPem: string;
  /** Pids of the children, for `k3v status`. */
  readonly pids: () => Record<string, number>;
  /** Resolves when `/readyz` answers ok; rejects when stopped before. */
  readonly ready: Promise<void>;
  /** Never resolves; rejects with K3vError `CONTROL_PLANE_FAILED` when a child cannot be kept alive. */
  readonly failed: Promise<never>;
  /** Ends the children: SIGTERM, SIGKILL after 5 s. Resolves when none of them is left. */
  stop(): Promise<void>;
}

/** Starts a control plane and resolves when its API is served. */
export type StartControlPlane = (options: ControlPlaneOptions, signal: AbortSignal) => Promise<ControlPlane>;
