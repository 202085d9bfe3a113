import { K3vError } from '../../errors.ts';
import { ConnectionError, StatusError, isForbidden, isNotFound, isUnauthorized } from '../../kube/errors.ts';

/** Returns what an answer of the host, or none, means for who asks for clusters; undefined for any other error. */
export function hostAnswer(error: unknown): K3vError | undefined {
  if (error instanceof ConnectionError) {
    return new K3vError('HOST_UNREACHABLE', `the host API server does not answer: ${error.message}`, {
      hint: 'Check --kubeconfig and --context, and whether kubectl reaches the host with them.',
      cause: error,
    });
  }
  if (!(error instanceof StatusError)) return undefined;
  if (isNotServed(error)) {
    return new K3vError('OPERATOR_MISSING', 'the host does not know Clusters and VirtualClusterPolicies of k3k.io', {
      hint: 'Have an admin of the host install the chart: helm install k3k charts/k3k --namespace k3k-system --create-namespace.',
      cause: error,
    });
  }
  if (isUnauthorized(error)) {
    return new K3vError('HOST_UNAUTHORIZED', `the host refuses the credentials: ${error.message}`, {
      hint: 'Renew those in the kubeconfig, or use another context.',
      cause: error,
    });
  }
  if (isForbidden(error)) {
    return new K3vError('HOST_FORBIDDEN', `the host refuses: ${error.message}`, {
      hint: 'Have an admin of the host give you that right, or use credentials that have it.',
      cause: error,
    });
  }
  if (error.code === 422 || error.code === 400) {
    return new K3vError('CLUSTER_REFUSED', `the host refuses: ${error.message}`, {
      hint: 'kubectl explain clusters.k3k.io.spec says what each field may be.',
      cause: error,
    });
  }
  return new K3vError('HOST_UNREACHABLE', `the host API server does not do what it is asked: ${error.message}`, {
    hint: 'Run the same again.',
    cause: error,
  });
}

/** Resolves with what `answer` does, or with undefined where the host has no such object; rejects where it does not know the kind. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isNotFound(error) && hostAnswer(error)?.code !== 'OPERATOR_MISSING') return undefined;
    throw error;
  }
}

/** A kind that a server does not know has no object either, but it says so in other words. */
function isNotServed(error: StatusError): boolean {
  return (
    error.code === 404 &&
    (error.reason !== 'NotFound' || error.message.startsWith('the server could not find the requested resource'))
  );
}
