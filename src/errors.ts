/** Every error an operator can act on, with the sentence the README's table shows. */
export const errorCatalogue = {
  HOST_CONFIG_MISSING: 'The kubeconfig file does not exist or cannot be read.',
  HOST_CONFIG_BROKEN: 'The kubeconfig file is not valid.',
  HOST_CONFIG_OWN: 'The kubeconfig of the host is the file that k3v writes.',
  HOST_CONTEXT_UNKNOWN: 'The kubeconfig has no context of that name.',
  HOST_UNREACHABLE: 'The host API server does not answer.',
  HOST_UNAUTHORIZED: 'The host API server refuses the credentials.',
  HOST_FORBIDDEN: 'A right that k3v needs in the host namespace is missing.',
  HOST_NAMESPACE_MISSING: 'The host namespace does not exist.',
  HOST_TOO_OLD: 'The host cluster is older than k3v supports.',
  HOST_API_MISSING: 'The host does not serve a kind that --sync names.',
  CRD_MISSING: 'The virtual cluster does not know a custom resource that --sync names.',
  SYNC_RULES_BROKEN: 'The --sync-rules file is not valid, or does not fit the host.',
  MANIFEST_BROKEN: 'A file of --manifests cannot be used.',
  AUDIT_POLICY_BROKEN: 'The --audit-policy-file is not valid.',
  ID_TAKEN: 'Another data directory owns this id in the host namespace.',
  SERVICE_RANGE_UNKNOWN: 'The Service address range of the host could not be found out.',
  PORT_IN_USE: 'The port to listen on is taken.',
  DATA_DIR_LOCKED: 'Another k3v uses the data directory.',
  DATA_DIR_NOT_WRITABLE: 'The data directory cannot be written.',
  DATA_DIR_DISTRO: 'The data directory was made with another distro.',
  DATA_DIR_NEWER: 'The data directory was written by a newer k3v, or a newer Kubernetes.',
  DATASTORE_TAKEN: 'The datastore holds another virtual cluster.',
  KEYS_DIFFER: 'The data directory has other keys than the replicas share.',
  REPLICAS_EXCEEDED: 'As many k3v as --replicas says run on the datastore.',
  CA_DIR_BROKEN: 'A file of --ca-dir cannot be used.',
  CA_DIFFERS: 'The virtual cluster has other authorities than --ca-dir gives.',
  DATA_DIR_DATASTORE: 'The data directory was last run on another datastore.',
  DATASTORE_UNREACHABLE: 'The datastore does not answer.',
  DATASTORE_UNTRUSTED: 'The datastore shows no certificate that can be trusted.',
  DATASTORE_REFUSED: 'The datastore refuses the credentials, or the user lacks rights.',
  DATASTORE_MISSING: 'The datastore does not have the database, and k3v may not make it.',
  DATASTORE_ELSEWHERE: 'The database is not in the data directory, so there are no snapshots.',
  DATABASE_CORRUPT: 'The database of the control plane is damaged.',
  ENCRYPTION_KEY_BROKEN: 'The key that Secrets are encrypted with is missing or damaged.',
  STATE_CORRUPT: 'The state store is damaged.',
  STATE_CLOSED: 'The state store is closed.',
  DISK_FULL: 'No space is left on the disk.',
  CHECKSUM_MISMATCH: 'A download does not have the checksum of its release.',
  DOWNLOAD_FAILED: 'A download failed.',
  BUNDLE_BROKEN: 'The packaged k3v is cut off or altered.',
  CACHE_NOT_WRITABLE: 'The cache directory cannot be written.',
  CACHE_NOT_EXECUTABLE: 'No program can be run from the cache directory.',
  BUILD_FAILED: 'The control plane could not be built.',
  BUILD_TOOL_MISSING: 'A tool that the build needs is not installed.',
  DISTRO_UNAVAILABLE: 'No control plane of the asked-for distro could be found.',
  CONTROL_PLANE_FAILED: 'The control plane did not start.',
  CONFIG_FILE_BROKEN: 'The --config file is not valid.',
  FLAG_UNKNOWN: 'A flag is not known.',
  FLAG_INVALID: 'A flag has a value that makes no sense.',
  SNAPSHOT_MISSING: 'There is no such snapshot.',
  SNAPSHOT_BROKEN: 'The snapshot is torn, altered, or not one of k3v.',
  SNAPSHOT_NEWER: 'The snapshot was saved by a newer k3v.',
  SNAPSHOT_OTHER_ID: 'The snapshot is of a virtual cluster with another id.',
  SNAPSHOT_EXISTS: 'There is a snapshot of that name already.',
  DATA_DIR_EMPTY: 'The data directory holds no virtual cluster.',
  STATE_BUSY: 'The state store is written to all the time.',
  USER_REFUSED: 'The virtual cluster issues no credentials for a user.',
  STILL_RUNNING: 'A k3v of the virtual cluster runs.',
  UNINSTALL_INCOMPLETE: 'Objects of the virtual cluster are left on the host.',
  OPERATOR_MISSING: 'The host does not serve the kinds of k3k: its chart is not installed.',
  CLUSTER_MISSING: 'There is no cluster, or no policy, of that name.',
  CLUSTER_EXISTS: 'There is a cluster, or a policy, of that name already.',
  CLUSTER_REFUSED: 'What is asked for of a cluster, or a policy, cannot be.',
  CLUSTER_NOT_READY: 'A cluster is not in time what it was waited for to be.',
  CLUSTER_UNREACHABLE: 'No address of the API server of a cluster answers.',
  NOT_RUNNING: 'No k3v runs on this data directory.',
} as const;

export type ErrorCode = keyof typeof errorCatalogue;

/** An error the operator can act on: shown without a stack, exit code 1. `hint` says what to do. */
export class K3vError extends Error {
  override readonly name = 'K3vError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }
}
