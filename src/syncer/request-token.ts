import type { KubeClient } from '../kube/client.ts';
import { StatusError, isBusy, isConflict } from '../kube/errors.ts';
import type { Pod } from '../kube/types.ts';
import type { TokenProjection } from '../translate/token-projections.ts';
import { NotYet } from './define-syncer.ts';

/**
 * Returns a token of `pod`'s service account as `projection` asks for it, bound to the pod: it ends with the pod. Rejects
 * with NotYet, with a kubelet's words for the tenant, if the API server refuses.
 */
export async function requestToken(client: KubeClient, pod: Pod, projection: TokenProjection): Promise<string> {
  const { name, namespace = '', uid } = pod.metadata;
  const { audience, expirationSeconds, volume } = projection;
  const account = pod.spec?.serviceAccountName || 'default';
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`;
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: {
      audiences: audience === undefined ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
    },
  };
  const answer = await client.request('POST', path, { body }).catch((error: unknown) => {
    if (!(error instanceof StatusError) || isBusy(error) || isConflict(error)) throw error;
    throw new NotYet(`MountVolume.SetUp failed for volume "${volume}" : failed to fetch token: ${error.message}`, {
      event: 'FailedMount',
      cause: error,
    });
  });
  const status: unknown = Reflect.get(Object(answer), 'status');
  const token: unknown = Reflect.get(Object(status), 'token');
  if (typeof token !== 'string' || token === '') throw new Error('the answer to a TokenRequest holds no token');
  return token;
}
