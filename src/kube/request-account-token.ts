import type { KubeClient } from './client.ts';

/** What a token is asked for. */
export interface TokenWish {
  /** The service account. */
  namespace: string;
  account: string;
  /** Default: the API server itself. */
  audiences?: string[];
  /** At least 600. */
  seconds: number;
  /** The token ends with this object. Default: with its service account. */
  boundTo?: object;
}

/**
 * Has the API server sign a token of a service account. Rejects with StatusError as `client.request` does.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
export async function requestAccountToken(
  client: KubeClient,
  { namespace, account, audiences = [], seconds, boundTo }: TokenWish,
): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`;
  const answer = await client.request('POST', path, {
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences, expirationSeconds: seconds, ...(boundTo ? { boundObjectRef: boundTo } : {}) },
    },
  });
  const status: unknown = Reflect.get(Object(answer), 'status');
  const token: unknown = Reflect.get(Object(status), 'token');
  if (typeof token !== 'string' || token === '') throw new Error('the answer to a TokenRequest holds no token');
  return token;
}
