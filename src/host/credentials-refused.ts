import { K3vError } from '../errors.ts';
import type { KubeClient } from '../kube/client.ts';

/** Returns HOST_UNAUTHORIZED for what the host answered to credentials that it does not take. */
export function credentialsRefused({ server }: KubeClient, cause: unknown): K3vError {
  return new K3vError('HOST_UNAUTHORIZED', `the host ${server} refuses the credentials`, {
    hint: 'Log in again, or use another kubeconfig or --context.',
    cause,
  });
}
