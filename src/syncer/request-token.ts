import type { KubeClient } from '../kube/client.ts';
import { StatusError, isBusy, isConflict } from '../kube/errors.ts';
import { requestAccountToken } from '../kube/request-account-token.ts';
import type { Pod } from '../kube/types.ts';
import type { ProjectedFile } from '../translate/projected-files.ts';
import { NotYet } from './not-yet.ts';

/** What the API server puts in where a pod names none (SetDefaults_ServiceAccountTokenProjection). */
const defaultExpirationSeconds = 3600;

/** A service-account token that a pod wants as a file. Without `audience` it is for the API server itself. */
export type TokenFile = ProjectedFile<{ audience?: string | undefined; expirationSeconds?: number | undefined }>;

/**
 * Returns a token of `pod`'s service account as `file` asks for it, bound to the pod: it ends with the pod. Rejects
 * with NotYet, with a kubelet's words for the tenant, if the API server refuses.
 */
export async function requestToken(client: KubeClient, pod: Pod, file: TokenFile): Promise<string> {
  const { name, namespace = '', uid } = pod.metadata;
  const { audience, expirationSeconds = defaultExpirationSeconds } = file.source;
  const answer = requestAccountToken(client, {
    namespace,
    account: pod.spec?.serviceAccountName || 'default',
    audiences: audience ? [audience] : [],
    seconds: expirationSeconds,
    boundTo: { apiVersion: 'v1', kind: 'Pod', name, uid },
  });
  return await answer.catch((error: unknown) => {
    if (!(error instanceof StatusError) || isBusy(error) || isConflict(error)) throw error;
    throw new NotYet(`MountVolume.SetUp failed for volume "${file.volume}" : failed to fetch token: ${error.message}`, {
      event: 'FailedMount',
      cause: error,
    });
  });
}
