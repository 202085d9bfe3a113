/** The log of who asked the virtual API server for what: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/. */
export interface AuditLog {
  /** Absolute path; what is rotated lies beside it. */
  file: string;
  /** The Policy, as JSON. */
  policy: string;
  /** How long, how many and from which size on files are kept; 0: no limit, for the size no rotation. */
  maxAgeDays: number;
  maxBackups: number;
  maxSizeMb: number;
}

/** What is logged where no policy is given: of everything but questions after the health who, when, what and the outcome; no bodies, and thus nothing of what Secrets, ConfigMaps and tokens hold. */
export const plainAuditPolicy: string = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*', '/version'] }, { level: 'Metadata' }],
});
